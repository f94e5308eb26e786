# SPDX-License-Identifier: Apache-2.0
"""xAI's dialects: what they read of JSON, with no SDK installed, and that no JSON makes them raise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanwright.instrumentors._dialects import proto, xai_chat, xai_image
from spanwright.semconv import content, render
from spanwright.semconv.model import (
    Blob,
    File,
    Generic,
    Inference,
    Message,
    Part,
    Request,
    Text,
    Tool,
    ToolResponse,
    Uri,
    Usage,
)

ASKED: dict[str, Any] = {
    "model": "grok-4",
    "messages": [
        {
            "role": "ROLE_USER",
            "name": "ann",
            "content": [
                {"text": "Look"},
                {"image_url": {"image_url": "data:image/png;base64,QUJD"}},
                {"file": {"file_id": "file_1", "mime_type": "application/pdf"}},
                {"file": {"url": "https://files.test/a.pdf"}},
            ],
        },
        {"role": "ROLE_TOOL", "tool_call_id": "call_1", "content": [{"text": '{"rain": true}'}]},
    ],
    "temperature": 0.699999988079071,
    "reasoning_effort": "EFFORT_XHIGH",
    "response_format": {"format_type": "FORMAT_TYPE_JSON_SCHEMA"},
    "tools": [{"function": {"name": "add"}}, {"code_execution": {}}, {"novelty": {}}],
}
NAMES = st.sampled_from(
    "id model messages role content text image_url file tools function name arguments tool_calls type usage "
    "prompt_tokens completion_tokens reasoning_tokens total_tokens outputs index delta message finish_reason "
    "reasoning_content images url base64 response_format format_type stop".split()
)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 12)
    | st.floats()
    | st.sampled_from(["", "x", "ROLE_TOOL", "REASON_STOP", "TOOL_CALL_TYPE_MCP_TOOL", "data:,"])
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def test_a_request_is_read() -> None:
    assert xai_chat.request(ASKED) == Request(
        model="grok-4", temperature=0.7, reasoning_level="xhigh", output_type="json"
    )


def test_messages_are_read() -> None:
    parts: list[Part] = [
        Text("Look"),
        Blob("image", "QUJD", "image/png"),
        File("document", "file_1", "application/pdf"),
        Uri("document", "https://files.test/a.pdf"),
    ]
    read = xai_chat.content(ASKED)
    assert list(read.input) == [
        Message("user", parts, "ann"),
        Message("tool", [ToolResponse({"rain": True}, "call_1")]),
    ]
    assert list(read.tools) == [Tool("add"), Tool("code_execution", "code_execution"), Tool("tool")]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("REASON_STOP", ["stop"]),
        ("REASON_MAX_LEN", ["length"]),
        ("REASON_MAX_CONTEXT", ["length"]),
        ("REASON_TOOL_CALLS", ["tool_call"]),
        ("REASON_TIME_LIMIT", ["time_limit"]),
        (3, ["stop"]),
        (99, None),
        ("REASON_INVALID", None),
    ],
)
def test_finish_reasons_are_the_conventions_words(reason: Any, expected: list[str] | None) -> None:
    assert xai_chat.response({"outputs": [{"finish_reason": reason}]}).finish_reasons == expected


@pytest.mark.parametrize(("total", "output"), [(20, 8), (17, 5), (None, 8)])
def test_reasoning_is_counted_once_wherever_the_provider_puts_it(total: int | None, output: int) -> None:
    given = {"prompt_tokens": 12, "completion_tokens": 5, "reasoning_tokens": 3, "total_tokens": total}
    assert xai_chat.usage(given) == Usage(input=12, output=output, reasoning=3)


def test_a_call_without_a_name_is_passed_through() -> None:
    answer = {"outputs": [{"message": {"role": "ROLE_ASSISTANT", "tool_calls": [{"id": "call_1"}]}}]}
    assert xai_chat.output(answer) == [Message("assistant", [Generic("function", {"id": "call_1"})])]


def test_a_picture_in_the_answer_is_inline() -> None:
    answer = {"images": [{"base64": "data:image/jpeg;base64,QUJD"}, {"base64": "QUJD"}, {}]}
    assert [each.parts for each in xai_image.output(answer)] == [
        [Blob("image", "QUJD", "image/jpeg")],
        [Blob("image", "QUJD")],
    ]


def test_a_word_is_found_by_number_and_by_name() -> None:
    names = ("", "low", "high")
    found = [proto.word(each, names, "E_") for each in (1, "E_HIGH", 0, 3, -1, True, "LOW", None, "E_NEW")]
    assert found == ["low", "high", None, None, None, None, None, None, None]


@settings(max_examples=150, deadline=None)
@given(st.lists(ODD, max_size=4))
def test_no_json_makes_the_dialects_raise(values: list[Any]) -> None:
    kept = xai_chat.Chunks(content=True)
    for value in values:
        for dialect in (xai_chat, xai_image):
            subject = Inference(
                request=dialect.request(value),
                response=dialect.response(value),
                content=dialect.content(value),
            )
            assert subject.content is not None
            subject.content.output = dialect.output(value)
            render.opening(subject)
            render.finish(subject)
            content.structured(subject)
        kept.add(value)
    xai_chat.output(kept.value())
    xai_chat.response(kept.value())
