# SPDX-License-Identifier: Apache-2.0
"""A conversation is on every operation that belongs to it, and on no other."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import baggage
from opentelemetry.context import attach, detach, get_current

from harness import Recorder
from kernel.fake import ANSWER, inside, opened
from spanwright.instrumentors import conversation
from spanwright.instrumentors._kernel.telemetry import Telemetry
from spanwright.semconv import names as n
from spanwright.semconv.model import (
    AgentRun,
    Step,
    WorkflowRun,
)


def conversation_of(recorder: Recorder, prefix: str) -> Any:
    return recorder.attributes(prefix).get(n.GEN_AI_CONVERSATION_ID)


def test_a_conversation_of_the_application_is_on_every_operation(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    with conversation("c1"):
        workflow = opened(telemetry, WorkflowRun(name="w"))
        agent = opened(telemetry, AgentRun(name="a"), **inside(workflow))
        chat = opened(telemetry, **inside(agent))
        for operation in (chat, agent, workflow):
            operation.finish()
    assert {conversation_of(recorder, prefix) for prefix in ("invoke_w", "invoke_a", "chat")} == {"c1"}


def test_a_conversation_ends_with_its_block(telemetry: Telemetry, recorder: Recorder) -> None:
    before = get_current()
    with conversation("c1"):
        pass
    opened(telemetry).finish()
    assert (conversation_of(recorder, "chat"), get_current() is before) == (None, True)


def test_a_conversation_ends_with_its_block_after_an_error() -> None:
    before = get_current()
    with pytest.raises(ValueError, match="theirs"), conversation("c1"):
        raise ValueError("theirs")
    assert get_current() is before


def test_the_inner_one_of_two_conversations_counts(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("outer"), conversation("inner"):
        opened(telemetry).finish()
    assert conversation_of(recorder, "chat") == "inner"


def test_a_conversation_decorates_a_function(telemetry: Telemetry, recorder: Recorder) -> None:
    @conversation("c1")
    def turn() -> None:
        opened(telemetry).finish()

    turn()
    assert conversation_of(recorder, "chat") == "c1"


@pytest.mark.parametrize("odd", ["", None, 7])
def test_what_is_no_conversation_id_is_left_out(odd: Any, telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation(odd):
        opened(telemetry).finish()
    assert conversation_of(recorder, "chat") is None


def test_a_conversation_that_came_as_baggage_is_used(telemetry: Telemetry, recorder: Recorder) -> None:
    token = attach(baggage.set_baggage("gen_ai.conversation.id", "c1"))
    opened(telemetry).finish()
    detach(token)
    assert conversation_of(recorder, "chat") == "c1"


def test_an_operations_own_conversation_goes_first_and_is_inherited(
    telemetry: Telemetry, recorder: Recorder
) -> None:
    with conversation("of the application"):
        agent = opened(telemetry, AgentRun(name="a", conversation_id="its own"))
        opened(telemetry, **inside(agent)).finish()
        agent.finish()
    assert {conversation_of(recorder, prefix) for prefix in ("invoke_a", "chat")} == {"its own"}


def test_a_conversation_does_not_leak_into_the_next_run(telemetry: Telemetry, recorder: Recorder) -> None:
    opened(telemetry, AgentRun(name="first", conversation_id="c1")).finish()
    opened(telemetry, AgentRun(name="second")).finish()
    assert conversation_of(recorder, "invoke_agent second") is None


def test_a_conversation_is_no_label(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("c1"):
        opened(telemetry).finish(ANSWER)
    assert "c1" not in str(recorder.points())


def test_subject_without_conversation_is_untouched(telemetry: Telemetry, recorder: Recorder) -> None:
    with conversation("c1"):
        opened(telemetry, Step("node n")).finish()
    assert recorder.attributes("node") == {}
