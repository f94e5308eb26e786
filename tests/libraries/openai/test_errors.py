# SPDX-License-Identifier: Apache-2.0
"""Errors: told once, by their class, without a word of content; and raised as the SDK raised them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import openai
import pytest
from opentelemetry.trace import StatusCode

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from harness import Recorder

SECRET: list[Any] = [{"role": "user", "content": "SECRET question"}]
STATUSES = [
    (400, "BadRequestError", "400 invalid_request_error"),
    (401, "AuthenticationError", "401 invalid_api_key invalid_request_error"),
    (403, "PermissionDeniedError", "403 model_not_found invalid_request_error"),
    (404, "NotFoundError", "404 model_not_found invalid_request_error"),
    (409, "ConflictError", "409 invalid_request_error"),
    (422, "UnprocessableEntityError", "422 invalid_request_error"),
    (429, "RateLimitError", "429 rate_limit_exceeded requests"),
    (500, "InternalServerError", "500 server_error"),
    (503, "InternalServerError", "503 service_unavailable server_error"),
]


@pytest.mark.parametrize(("status", "name", "description"), STATUSES)
def test_a_refused_call_has_the_class_of_its_error_and_the_providers_codes(
    traced: Recorder,
    client: openai.OpenAI,
    server: dict[str, Any],
    status: int,
    name: str,
    description: str,
) -> None:
    with pytest.raises(getattr(openai, name)):
        client.chat.completions.create(model=f"error:{status}", messages=SECRET)
    span = traced.one()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, description)
    assert traced.attributes() == {
        **server,
        "error.type": f"openai.{name}",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": f"error:{status}",
        "openai.api.type": "chat_completions",
    }


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_refused_call_that_is_awaited_has_the_class_of_its_error(
    traced: Recorder, aclient: openai.AsyncOpenAI, status: int
) -> None:
    with pytest.raises(openai.APIStatusError) as raised:
        await aclient.chat.completions.create(model=f"error:{status}", messages=SECRET)
    assert traced.attributes()["error.type"] == f"openai.{type(raised.value).__name__}"


def test_a_refused_stream_is_an_error_of_the_call(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="error:429", messages=SECRET, stream=True)
    assert traced.attributes()["error.type"] == "openai.RateLimitError"


def test_a_wrong_key_is_an_error_that_does_not_tell_the_key(traced: Recorder, provider: Provider) -> None:
    with (
        openai.OpenAI(base_url=provider.base_url, api_key="invalid-key", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert "invalid-key" not in traced.everything()


def test_an_exception_is_one_log_event_and_no_span_event(
    traced: Recorder, client: openai.OpenAI, server: dict[str, Any]
) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="error:404", messages=SECRET)
    (record,) = traced.logs
    assert traced.one().events == ()
    assert record.event_name == "gen_ai.client.operation.exception"
    assert dict(record.attributes) == {
        **server,
        "error.type": "openai.NotFoundError",
        "exception.type": "openai.NotFoundError",
        "exception.message": "404 model_not_found invalid_request_error",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "error:404",
    }


def test_the_log_event_belongs_to_its_span(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="error:404", messages=SECRET)
    (record,), span = traced.logs, traced.one()
    assert span.context is not None
    assert (record.trace_id, record.span_id) == (span.context.trace_id, span.context.span_id)


def test_the_spans_above_are_not_marked_as_failed(traced: Recorder, client: openai.OpenAI) -> None:
    tracer = traced.tracer_provider.get_tracer("application")
    with tracer.start_as_current_span("application"), pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="error:404", messages=SECRET)
    assert traced.one("application").status.status_code is StatusCode.UNSET
    assert len(traced.logs) == 1


def test_the_exception_is_the_sdks_own_with_its_own_chain(
    traced: Recorder, provider: Provider, http: Any
) -> None:
    """The same object, its cause and its context as they are without us."""
    failure = http.ConnectError("no route")

    def fail(request: Any) -> Any:
        raise failure

    client = openai.OpenAI(
        base_url=provider.base_url,
        api_key="test",
        max_retries=0,
        http_client=http.Client(verify=False, transport=http.MockTransport(fail)),
    )
    with pytest.raises(openai.APIConnectionError) as raised:
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert raised.value.__cause__ is failure
    assert raised.value.__context__ is failure
    assert traced.attributes()["error.type"] == "openai.APIConnectionError"


def test_the_context_of_an_exception_stays_empty_where_the_sdk_left_it_empty(
    traced: Recorder, client: openai.OpenAI
) -> None:
    def chain(error: BaseException) -> list[type]:
        found = []
        step: BaseException | None = error
        while step is not None:
            found.append(type(step))
            step = step.__context__
        return found

    with pytest.raises(openai.NotFoundError) as seen:
        client.chat.completions.create(model="error:404", messages=SECRET)
    traced.uninstrument()
    with pytest.raises(openai.NotFoundError) as bare:
        client.chat.completions.create(model="error:404", messages=SECRET)
    assert chain(seen.value) == chain(bare.value)
    assert seen.value.__suppress_context__ == bare.value.__suppress_context__


def test_an_exception_of_the_applications_own_transport_passes_as_it_is(
    traced: Recorder, provider: Provider, http: Any
) -> None:
    class OutOfBudgetError(BaseException):
        """Not even an Exception."""

    failure = OutOfBudgetError("SECRET budget")

    def fail(request: Any) -> Any:
        raise failure

    client = openai.OpenAI(
        base_url=provider.base_url,
        api_key="test",
        http_client=http.Client(verify=False, transport=http.MockTransport(fail)),
    )
    with pytest.raises(OutOfBudgetError) as raised:
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert raised.value is failure
    assert traced.attributes()["error.type"].endswith("OutOfBudgetError")
    assert "SECRET" not in traced.everything()


def test_a_timeout_has_its_own_class(traced: Recorder, client: openai.OpenAI, provider: Provider) -> None:
    held = threading.Event()
    provider.say(Reply(hold=held))
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET, timeout=0.05)
    held.set()
    assert traced.attributes()["error.type"] == "openai.APITimeoutError"


def test_a_refused_connection_has_its_own_class(traced: Recorder) -> None:
    with (
        openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="test", max_retries=0) as client,
        pytest.raises(openai.APIConnectionError),
    ):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert traced.attributes()["error.type"] == "openai.APIConnectionError"


def test_a_dropped_connection_has_its_own_class(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    provider.say(Reply(drop=True))
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert traced.attributes()["error.type"] == "openai.APIConnectionError"


def test_an_argument_that_the_sdk_refuses_is_no_call(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(TypeError):
        client.chat.completions.create(model="gpt-4o-mini")  # type: ignore[call-overload]
    assert traced.tree() == []


def test_an_error_that_quotes_the_prompt_tells_nothing_of_it(
    traced: Recorder, client: openai.OpenAI, provider: Provider
) -> None:
    """Providers echo what they refuse; neither status nor log event may carry it."""
    told = {
        "message": "SECRET question is not allowed",
        "type": "SECRET type!",
        "code": "SECRET code",
        "param": "SECRET",
    }
    provider.say(Reply(body={"error": told}, http_status=400))
    with pytest.raises(openai.BadRequestError, match="SECRET"):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert traced.one().status.description == "400"
    assert "SECRET" not in traced.everything()


@pytest.mark.parametrize(
    "body", [b"", b"null", b'"text"', b"[1]", b'{"error": "text"}', b'{"error": {"code": 7}}', b"\xff"]
)
def test_an_error_body_of_any_form_is_an_error(
    traced: Recorder, client: openai.OpenAI, provider: Provider, body: bytes
) -> None:
    provider.say(Reply(body=body, http_status=400))
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="gpt-4o-mini", messages=SECRET)
    assert traced.attributes()["error.type"] == "openai.BadRequestError"


def test_a_failed_call_is_counted_with_its_error(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="error:429", messages=SECRET)
    (point,) = traced.points()
    assert (point.metric, point.labels["error.type"]) == (
        "gen_ai.client.operation.duration",
        "openai.RateLimitError",
    )


def test_retries_of_the_sdk_are_one_call(traced: Recorder, provider: Provider) -> None:
    with openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=2) as client:
        client.chat.completions.create(model="flaky:500,429", messages=SECRET)
    assert len(provider.requests) == 3
    assert traced.tree() == ["chat flaky:500,429"]
    assert "error.type" not in traced.attributes()
    assert [point.count for point in traced.points("gen_ai.client.operation.duration")] == [1]


async def test_retries_of_the_asynchronous_sdk_are_one_call(traced: Recorder, provider: Provider) -> None:
    async with openai.AsyncOpenAI(base_url=provider.base_url, api_key="test", max_retries=2) as client:
        await client.chat.completions.create(model="flaky:500,500", messages=SECRET)
    assert len(provider.requests) == 3
    assert traced.tree() == ["chat flaky:500,500"]


def test_retries_that_all_fail_are_one_failed_call(traced: Recorder, provider: Provider) -> None:
    with (
        openai.OpenAI(base_url=provider.base_url, api_key="test", max_retries=1) as client,
        pytest.raises(openai.InternalServerError),
    ):
        client.chat.completions.create(model="error:500", messages=SECRET)
    assert len(provider.requests) == 2
    assert traced.tree() == ["chat error:500"]
    assert len(traced.logs) == 1


def test_a_retry_of_the_application_is_a_call_of_its_own(traced: Recorder, client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="flaky:500", messages=SECRET)
    client.chat.completions.create(model="flaky:500", messages=SECRET)
    assert traced.tree() == ["chat flaky:500", "chat flaky:500"]
