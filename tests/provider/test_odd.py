# SPDX-License-Identifier: Apache-2.0
"""Odd answers and failures, chosen by the name of the model: the bare SDK sees what the name says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai
import pytest

from provider.offers import user

if TYPE_CHECKING:
    from spanwright.console.provider import Provider


def plain(client: openai.OpenAI, name: str) -> Any:
    return client.chat.completions.create(model=f"odd:{name}", messages=user("Hi"))


def chunks(client: openai.OpenAI, name: str) -> list[Any]:
    stream = client.chat.completions.create(
        model=f"odd:{name}", messages=user("Hi"), stream=True, stream_options={"include_usage": True}
    )
    return list(stream)


def events(client: openai.OpenAI, name: str) -> list[Any]:
    return list(client.responses.create(model=f"odd:{name}", input="Hi", stream=True))


def deltas(told: list[Any]) -> list[Any]:
    return [call for chunk in told for choice in chunk.choices for call in choice.delta.tool_calls or []]


def test_choices_null(client: openai.OpenAI) -> None:
    assert plain(client, "choices-null").choices is None
    assert chunks(client, "choices-null")[0].choices is None
    response: Any = client.responses.create(model="odd:choices-null", input="Hi")
    assert response.output is None


def test_choices_empty(client: openai.OpenAI) -> None:
    assert plain(client, "choices-empty").choices == []
    assert chunks(client, "choices-empty")[0].choices == []
    assert client.responses.create(model="odd:choices-empty", input="Hi").output == []


def test_no_usage(client: openai.OpenAI) -> None:
    assert "usage" not in plain(client, "no-usage").model_fields_set
    assert all("usage" not in chunk.model_fields_set for chunk in chunks(client, "no-usage"))
    assert events(client, "no-usage")[-1].response.usage is None


def test_usage_null_details(client: openai.OpenAI) -> None:
    assert plain(client, "usage-null-details").usage.prompt_tokens_details is None
    assert chunks(client, "usage-null-details")[-1].usage.completion_tokens_details is None
    assert events(client, "usage-null-details")[-1].response.usage.input_tokens_details is None


def test_cumulative_usage(client: openai.OpenAI) -> None:
    told = [chunk.usage.completion_tokens for chunk in chunks(client, "cumulative-usage")]
    assert told == list(range(len(told)))


def test_tool_delta_no_index(client: openai.OpenAI) -> None:
    told = deltas(chunks(client, "tool-delta-no-index"))
    assert len({call.id for call in told if call.id}) == 2
    assert all(call.index is None for call in told)


def test_tool_delta_null_arguments(client: openai.OpenAI) -> None:
    told = deltas(chunks(client, "tool-delta-null-arguments"))
    assert [call.function.arguments for call in told if call.id] == [None, None]
    calls = plain(client, "tool-delta-null-arguments").choices[0].message.tool_calls
    assert [call.function.arguments for call in calls] == [None, None]


def test_tool_delta_same_index_two_ids(client: openai.OpenAI) -> None:
    told = deltas(chunks(client, "tool-delta-same-index-two-ids"))
    assert len({call.id for call in told if call.id}) == 2
    assert {call.index for call in told} == {0}


def test_only_done(client: openai.OpenAI) -> None:
    assert chunks(client, "only-done") == []
    assert events(client, "only-done") == []


def test_no_finish(client: openai.OpenAI) -> None:
    assert plain(client, "no-finish").choices[0].finish_reason is None
    assert not any(choice.finish_reason for chunk in chunks(client, "no-finish") for choice in chunk.choices)
    assert events(client, "no-finish")[-1].type == "response.output_item.done"


def test_empty_body(client: openai.OpenAI) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        plain(client, "empty-body")
    assert chunks(client, "empty-body") == []


def test_not_json(client: openai.OpenAI) -> None:
    with pytest.raises(ValueError, match="Expecting property name"):
        plain(client, "not-json")
    with pytest.raises(ValueError, match="Expecting property name"):
        chunks(client, "not-json")


def test_html(client: openai.OpenAI) -> None:
    assert plain(client, "html") == "<html>Bad gateway</html>"


def test_mid_stream_error(client: openai.OpenAI) -> None:
    seen: list[Any] = []
    stream = client.chat.completions.create(model="odd:mid-stream-error", messages=user("Hi"), stream=True)
    with pytest.raises(openai.APIError, match="The server had an error"):
        seen.extend(stream)
    told = events(client, "mid-stream-error")
    assert (told[-1].type, told[-1].code) == ("error", "server_error")
    with pytest.raises(openai.InternalServerError):
        plain(client, "mid-stream-error")


def test_mid_stream_cut(client: openai.OpenAI) -> None:
    seen: list[Any] = []
    stream = client.chat.completions.create(model="odd:mid-stream-cut", messages=user("Hi"), stream=True)
    with pytest.raises(openai.APIConnectionError):
        seen.extend(stream)
    assert len(seen) == 3
    with pytest.raises(openai.APIConnectionError):
        plain(client, "mid-stream-cut")


def test_content_filter(client: openai.OpenAI) -> None:
    choice = plain(client, "content-filter").choices[0]
    assert (choice.finish_reason, choice.message.content) == ("content_filter", None)
    assert chunks(client, "content-filter")[-2].choices[0].finish_reason == "content_filter"
    response = events(client, "content-filter")[-1].response
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "content_filter")


def test_azure_content_filter_400(azure: openai.AzureOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        azure.chat.completions.create(model="odd:azure-content-filter-400", messages=user("Hi"))
    body: Any = caught.value.body
    assert caught.value.code == "content_filter"
    assert body["innererror"]["content_filter_result"]["violence"]["filtered"] is True


def test_unknown_part(client: openai.OpenAI) -> None:
    assert plain(client, "unknown-part").choices[0].message.content[1]["type"] == "hologram"
    assert chunks(client, "unknown-part")[1].choices[0].delta.mood["type"] == "hologram"
    output: list[Any] = list(client.responses.create(model="odd:unknown-part", input="Hi").output)
    assert output[0].type == "hologram_call"
    assert output[1].content[1].type == "hologram"
    assert events(client, "unknown-part")[-1].type == "response.completed"


def test_model_only_in_second_chunk(client: openai.OpenAI) -> None:
    told = chunks(client, "model-only-in-second-chunk")
    assert [chunk.model for chunk in told[:2]] == ["", "odd:model-only-in-second-chunk"]


def test_failed_and_incomplete_responses(client: openai.OpenAI) -> None:
    assert events(client, "failed")[-1].type == "response.failed"
    assert events(client, "incomplete")[-1].type == "response.incomplete"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_an_error_has_its_true_type(
    client: openai.OpenAI, status: int, kind: type[openai.APIStatusError]
) -> None:
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=f"error:{status}", messages=user("Hi"))
    assert caught.value.status_code == status
    with pytest.raises(kind):
        client.embeddings.create(model=f"error:{status}", input="Hi")


def test_the_invalid_key_is_refused(provider: Provider) -> None:
    with (
        openai.OpenAI(base_url=provider.base_url, api_key="invalid-key") as client,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        client.models.list()
    assert caught.value.code == "invalid_api_key"


def test_a_flaky_model_fails_as_often_as_it_says(provider: Provider, client: openai.OpenAI) -> None:
    patient = client.with_options(max_retries=2)
    for round_of_three in (1, 2):
        answer = patient.chat.completions.create(model="flaky:500,429", messages=user("Hi"))
        assert answer.choices[0].finish_reason == "stop"
        assert len(provider.requests) == 3 * round_of_three
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="flaky:500,429", messages=user("Something else"))
