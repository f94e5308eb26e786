# SPDX-License-Identifier: Apache-2.0
"""Errors of the service and of the way to it: the caller's exception, and what the span says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions
import pytest

from spanwright.console.provider import Provider, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Recorder

HELLO: list[Any] = [{"role": "user", "content": [{"text": "SECRET question"}]}]
ERRORS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_told_by_its_code(
    traced: Recorder, client: Any, server: dict[str, Any], status: int
) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        client.converse(modelId=f"error:{status}", messages=HELLO)
    assert raised.value.response["Error"]["Code"] == ERRORS[status]
    assert traced.attributes() == {
        **server,
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": f"error:{status}",
        "error.type": ERRORS[status],
    }


def test_the_class_of_an_error_is_told_too(traced: Recorder, client: Any) -> None:
    with pytest.raises(client.exceptions.ThrottlingException):
        client.converse(modelId="error:429", messages=HELLO)
    (record,) = traced.logs
    assert record.attributes["exception.type"] == "botocore.errorfactory.ThrottlingException"
    assert record.attributes["error.type"] == "ThrottlingException"
    assert traced.one().status.description == "429 ThrottlingException"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_an_invoked_model_that_fails_is_an_error(traced: Recorder, client: Any, streamed: bool) -> None:
    ask = client.invoke_model_with_response_stream if streamed else client.invoke_model
    with pytest.raises(client.exceptions.ModelErrorException):
        ask(modelId="error:424", body=b"{}")
    assert traced.attributes()["error.type"] == "ModelErrorException"


async def test_an_error_is_told_asynchronously(traced: Recorder, aconnect: Callable[..., Any]) -> None:
    async with aconnect() as client:
        with pytest.raises(client.exceptions.ThrottlingException):
            await client.converse(modelId="error:429", messages=HELLO)
    assert traced.attributes()["error.type"] == "ThrottlingException"


def test_retries_are_inside_of_one_span(
    traced: Recorder, connect: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(error=503), Reply(text="Two words."))
    client = connect("bedrock-runtime", retries={"total_max_attempts": 2, "mode": "standard"})
    assert client.converse(modelId="m", messages=HELLO)["stopReason"] == "end_turn"
    assert len(provider.requests) == 2
    assert traced.tree() == ["chat m"]
    assert "error.type" not in traced.attributes()


def test_a_parameter_that_is_wrong_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError):
        client.converse(modelId="m", messages="SECRET question")
    assert provider.requests == []
    assert traced.attributes()["error.type"] == "botocore.exceptions.ParamValidationError"


def test_a_server_that_is_not_there_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.stop()
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.converse(modelId="m", messages=HELLO)
    assert traced.attributes()["error.type"] == "botocore.exceptions.EndpointConnectionError"


def test_a_connection_that_is_dropped_is_an_error(traced: Recorder, client: Any, provider: Provider) -> None:
    provider.say(Reply(drop=True))
    with pytest.raises(botocore.exceptions.BotoCoreError) as raised:
        client.converse(modelId="m", messages=HELLO)
    kind = raised.type
    assert traced.attributes()["error.type"] == f"{kind.__module__}.{kind.__qualname__}"


def test_a_failure_is_counted_with_its_type(traced: Recorder, client: Any) -> None:
    with pytest.raises(botocore.exceptions.ClientError):
        client.converse(modelId="error:429", messages=HELLO)
    (point,) = traced.points("gen_ai.client.operation.duration")
    assert point.labels["error.type"] == "ThrottlingException"


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_quotes_nothing(traced: Recorder, client: Any, status: int) -> None:
    with pytest.raises(botocore.exceptions.ClientError):
        client.converse(modelId=f"error:{status}", messages=HELLO)
    with pytest.raises(botocore.exceptions.ParamValidationError):
        client.converse(modelId="m", messages="SECRET question")
    assert "SECRET" not in traced.everything()
