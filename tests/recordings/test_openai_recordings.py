# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of OpenAI's protocol, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import openai
import pytest

from harness import Recorder
from recordings.tape import OK, RECORDINGS, Interaction, interactions
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.openai import OpenAIInstrumentor
from spanwright.semconv import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN = (
    *("openai-chat", "openai-completions", "openai-responses", "openai-embeddings", "openai-images"),
    *("openai-audio", "azure-openai", "deepseek", "openrouter"),
)
# Recorded of other libraries and SDKs that speak the same protocol.
OTHERS = ("langchain", "openai-agents", "pydantic-ai", "llama-index", "groq", "together", "crewai", "mcp")
TAPES = interactions(*OWN) + [each for each in interactions(*OTHERS) if each.path]
OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "chat",
    "/completions": "text_completion",
    "/embeddings": "embeddings",
}
# Path -> the method of the SDK, and the arguments that it insists on.
METHODS = {
    "/chat/completions": ("chat.completions.create", ("model", "messages")),
    "/completions": ("completions.create", ("model", "prompt")),
    "/responses": ("responses.create", ()),
    "/embeddings": ("embeddings.create", ("model", "input")),
    "/images/generations": ("images.generate", ("prompt",)),
    "/audio/speech": ("audio.speech.create", ("model", "input", "voice")),
}
ERRORS = {
    400: "openai.BadRequestError",
    401: "openai.AuthenticationError",
    404: "openai.NotFoundError",
    429: "openai.RateLimitError",
}
http: Any = getattr(openai._base_client, "httpx2", None) or openai._base_client.httpx
pytestmark = pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Return a recorder that captures content, so that all of it is read and judged."""
    recorder = Recorder()
    recorder.instrument(
        OpenAIInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    yield recorder
    recorder.shutdown()
    settings.reload()


def answering(tape: Interaction, sent: list[Any]) -> Any:
    """Return a transport that answers as recorded and keeps what was sent."""

    def answer(request: Any) -> Any:
        sent.append(request)
        return http.Response(tape.status, headers=tape.answer_headers, content=tape.body)

    return http.MockTransport(answer)


def options(tape: Interaction) -> dict[str, Any]:
    """Return how to build a client for the recorded address."""
    told: dict[str, Any] = {"api_key": "test", "max_retries": 0}
    if "/deployments/" not in tape.base_url:
        return {**told, "base_url": tape.base_url}
    endpoint, _, deployment = tape.base_url.partition("/openai/deployments/")
    return {
        **told,
        "azure_endpoint": endpoint,
        "azure_deployment": deployment,
        "api_version": tape.query["api-version"],
    }


def call(client: Any, tape: Interaction) -> Any:
    """Make the recorded call by its own method; `extra_body` has whatever this version does not name."""
    body, files = tape.asked
    stream = {"stream": True} if body.get("stream") is True else {}
    if tape.path == "/audio/transcriptions":
        sound = files["file"][0]
        rest = {name: value for name, value in body.items() if name != "model"}
        return client.audio.transcriptions.create(
            model=body["model"], file=(sound.name, sound.data), extra_body=rest
        )
    place, names = METHODS[tape.path]
    try:
        method = attrgetter(place)(client)
    except AttributeError:
        pytest.skip(f"openai {openai.VERSION} has no {place}")
    return method(**{name: body.get(name) for name in names}, **stream, extra_body=body)


def provider(tape: Interaction) -> str:
    """Return the name of the provider that was recorded."""
    return hosts.provider(tape.host) or "openai"


def judge(recorder: Recorder, tape: Interaction, sent: list[Any], error: Exception | None) -> None:
    """Compare the one span with what was recorded."""
    body, files = tape.asked
    operation = OPERATIONS.get(tape.path, "generate_content")
    model = body.get("model")
    assert recorder.tree() == [f"{operation} {model}" if model else operation]
    found = recorder.attributes()
    assert (found["gen_ai.provider.name"], found["server.address"]) == (provider(tape), tape.host)
    assert {key: found.get(key) for key in tape.facts} == tape.facts
    if tape.status == OK:
        assert ("error.type" in found) == (error is not None)
    else:
        assert found["error.type"] == ERRORS[tape.status]
    (request,) = sent
    if not files:
        assert json.loads(request.content) == body
    findings = recorder.findings()
    if model is None:
        # The conventions want OpenAI's spans to name a model; nobody named one.
        findings = [each for each in findings if each.rule != "missing-attribute"]
    assert findings == []


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_call_is_told_as_it_was(
    recorder: Recorder, replayed: Callable[[str], None], tape: Interaction
) -> None:
    sent: list[Any] = []
    kind = openai.AzureOpenAI if "/deployments/" in tape.base_url else openai.OpenAI
    error: Exception | None = None
    with kind(
        **options(tape), http_client=http.Client(verify=False, transport=answering(tape, sent))
    ) as client:
        try:
            answer = call(client, tape)
            if hasattr(answer, "__stream__"):
                assert list(answer)
        except openai.APIError as raised:
            error = raised
    assert error is not None or tape.status == OK
    judge(recorder, tape, sent, error)
    replayed(str(tape))


@pytest.mark.parametrize("tape", TAPES, ids=str)
async def test_a_recorded_call_is_told_as_it_was_asynchronously(
    recorder: Recorder, replayed: Callable[[str], None], tape: Interaction
) -> None:
    sent: list[Any] = []
    kind = openai.AsyncAzureOpenAI if "/deployments/" in tape.base_url else openai.AsyncOpenAI
    error: Exception | None = None
    sender = http.AsyncClient(verify=False, transport=answering(tape, sent))
    async with kind(**options(tape), http_client=sender) as client:
        try:
            answer = await call(client, tape)
            if hasattr(answer, "__stream__"):
                assert [chunk async for chunk in answer]
        except openai.APIError as raised:
            error = raised
    assert error is not None or tape.status == OK
    judge(recorder, tape, sent, error)
    replayed(str(tape))


def test_every_recording_that_the_index_lists_is_here() -> None:
    listed = 0
    for line in (RECORDINGS / "INDEX.md").read_text().splitlines():
        if line.startswith(tuple(f"| `{folder}/" for folder in OWN)):
            listed += int(line.split("|")[5].split(",")[0])
    assert len(interactions(*OWN)) == listed > 0
    assert all(each.path for each in interactions(*OWN))
