# SPDX-License-Identifier: Apache-2.0
"""What Google's ADK asks of a model and gets back, events of agents, and the names of the spans that it makes itself.

Requests and answers are brought into the shape of Gemini's content API, of whose SDK their parts are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import gemini_chunks, gemini_content
from spanwright.instrumentors._dialects.gemini_parts import parts
from spanwright.instrumentors._dialects.wire import fields, get, items, string
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Inference, Message, Step, ToolRun, WorkflowRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.semconv.model import Request, Response, Subject

_ASKED = {
    "maxOutputTokens": "max_output_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "seed": "seed",
    "candidateCount": "candidate_count",
    "stopSequences": "stop_sequences",
    "responseMimeType": "response_mime_type",
    "responseModalities": "response_modalities",
    "thinkingConfig": "thinking_config",
}
_PROVIDERS = {
    "azure": n.ProviderName.AZURE_AI_OPENAI,
    "azure_ai": n.ProviderName.AZURE_AI_INFERENCE,
    "bedrock": n.ProviderName.AWS_BEDROCK,
    "claude": n.ProviderName.ANTHROPIC,
    "gemini": n.ProviderName.GCP_GEMINI,
    "mistral": n.ProviderName.MISTRAL_AI,
    "vertex_ai": n.ProviderName.GCP_VERTEX_AI,
    "watsonx": n.ProviderName.IBM_WATSONX_AI,
    "xai": n.ProviderName.X_AI,
}
_GOOGLES = ("gemini", "gemma", "learnlm")
# Parts of the address of a model of Vertex AI, where other models have the name of who serves them.
_COLLECTIONS = ("projects", "models", "publishers", "endpoints", "tunedModels")
_BLOCKED = ("BLOCKLIST", "IMAGE_SAFETY", "JAILBREAK", "MODEL_ARMOR", "OTHER", "PROHIBITED_CONTENT", "SAFETY")
_CALL: dict[str, Any] = {"functionCall": {}}
_OWN = "google-adk"


def inference(asked: Any, *, stream: bool) -> Inference:
    """Return a model call, by what ADK asks of whatever model it has."""
    subject = Inference(request=request(asked))
    model = subject.request.model or ""
    # The application's own model, unless its client says more.
    subject.provider = _OWN
    head, slash, rest = model.partition("/")
    if model.rpartition("/")[2].startswith(_GOOGLES):
        subject.operation = n.OperationName.GENERATE_CONTENT
        subject.provider = n.ProviderName.GCP_VERTEX_AI if head == "projects" else n.ProviderName.GCP_GEMINI
    elif slash and head not in _COLLECTIONS:
        # The gateway that ADK asks other models through has the provider first, which its own requests leave out.
        subject.provider, subject.request.model = _PROVIDERS.get(head, head), rest
    elif head.startswith("claude"):
        subject.provider = n.ProviderName.ANTHROPIC
    subject.request.stream = stream or None
    return subject


def request(asked: Any) -> Request:
    """Read what was asked for."""
    config = fields(get(asked, "config"))
    body = {name: config.get(own) for name, own in _ASKED.items()}
    body["responseModalities"] = [getattr(each, "value", each) for each in items(body["responseModalities"])]
    found = gemini_content.request({"generationConfig": body})
    found.model = string(get(asked, "model"))
    return found


def content(asked: Any) -> Content:
    """Read the sensitive part of a request."""
    config = get(asked, "config")
    system = plain(get(config, "system_instruction"))
    if isinstance(system, str):
        system = {"parts": [{"text": system}]}
    return gemini_content.content(
        {
            "systemInstruction": system,
            "contents": [plain(each) for each in items(get(asked, "contents"))],
            "tools": [plain(each) for each in items(get(config, "tools"))],
        }
    )


class Chunks:
    """Keeps the answers of one call: the whole ones, and until there is one its pieces.

    A streamed answer comes in pieces, which ADK marks, and once more as a whole.
    """

    __slots__ = ("_content", "_pieces", "_whole")

    def __init__(self, *, content: bool) -> None:
        self._content = content
        self._pieces: list[Any] = []
        self._whole: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Take one answer."""
        if not get(chunk, "partial"):
            self._whole.append(chunk)
            self._pieces.clear()
        elif not self._whole:
            if not self._content:
                self._pieces.clear()
            self._pieces.append(chunk)

    def value(self) -> dict[str, Any]:
        """Return what came, as the Gemini API would answer it at once."""
        joined = gemini_chunks.Chunks(content=self._content)
        for each in self._whole or self._pieces:
            joined.add(_answer(each, whole=self._content))
        return joined.value()


def response(value: Any) -> Response:
    """Read the facts of what `Chunks` has put together."""
    return gemini_content.response(value)


def output(value: Any) -> list[Message]:
    """Read the messages of what `Chunks` has put together."""
    return gemini_content.output(value)


def said(value: Any, role: str) -> list[Message]:
    """Return the message that a content of the SDK is."""
    found = parts(plain(value))
    return [Message(role, found)] if found else []


def subject(name: str, attributes: Mapping[str, Any]) -> Subject | None:
    """Return what a span of ADK's own is about; None where a seam of ours has seen it."""
    kind, _, target = name.partition(" ")
    conversation = string(attributes.get(n.GEN_AI_CONVERSATION_ID))
    if kind == "execute_tool" and target != "(merged)":
        # A tool that loads a skill has the name of the skill beside its own at the end.
        return ToolRun(name=target.partition(" ")[0] or "tool", type="function")
    if kind == "invoke_workflow":
        return WorkflowRun(name=target or None, conversation_id=conversation)
    if kind == "invoke_node":
        return Step(name)
    return Step("compact_events") if kind == "compact_events" else None


def plain(value: Any) -> Any:
    """Return an object of the SDK as JSON, as it would be on the wire; what is none is returned as it is."""
    dump = getattr(value.__class__, "model_dump", None)
    return value if dump is None else dump(value, mode="json", by_alias=True, exclude_none=True)


def _answer(value: Any, *, whole: bool) -> dict[str, Any]:
    read = fields(value).get
    found: dict[str, Any] = {
        "modelVersion": read("model_version"),
        "usageMetadata": plain(read("usage_metadata")),
        "responseId": read("interaction_id"),
    }
    reason, failure = _word(read("finish_reason")), _word(read("error_code"))
    if reason is None and failure is not None:
        found |= (
            {"promptFeedback": {"blockReason": failure}}
            if failure in _BLOCKED
            else {"error": {"status": failure}}
        )
    held = read("content")
    if whole:
        read_content: Any = plain(held)
    else:
        called = any(get(each, "function_call") is not None for each in items(get(held, "parts")))
        read_content = {"parts": [_CALL] if called else []}
    if held is not None or reason is not None:
        found["candidates"] = [{"content": read_content, "finishReason": reason}]
    return found


def _word(value: Any) -> str | None:
    """Return a word that may be a member of an enumeration."""
    return string(getattr(value, "value", value))
