# SPDX-License-Identifier: Apache-2.0
"""Subjects of every type, generated: each field that may be unknown is so at times, or has a value that a reader gives."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from spanwright.semconv import model as m

WORDS = st.sampled_from(["a", "gpt-4o-mini", "žluť", "with space", "x" * 40])
COUNTS = st.integers(0, 100_000)
NUMBERS = st.floats(0, 2, allow_nan=False)


def known(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


REQUESTS = st.builds(
    m.Request,
    model=WORDS,
    stream=known(st.booleans()),
    max_tokens=known(COUNTS),
    temperature=known(NUMBERS),
    top_p=known(NUMBERS),
    top_k=known(COUNTS),
    frequency_penalty=known(NUMBERS),
    presence_penalty=known(NUMBERS),
    seed=known(COUNTS),
    choices=known(st.integers(1, 4)),
    stop=known(st.lists(WORDS, min_size=1, max_size=3)),
    output_type=known(st.sampled_from(["text", "json"])),
    reasoning_level=known(st.sampled_from(["low", "high"])),
    previous_response_id=known(WORDS),
)


@st.composite
def usages(draw: Any) -> m.Usage:
    """Return counts of which the parts are no more than the whole."""
    given, made = draw(known(COUNTS)), draw(known(COUNTS))

    def share(total: int | None) -> int | None:
        return None if total is None else draw(known(st.integers(0, total // 3)))

    return m.Usage(
        given,
        made,
        cache_read=share(given),
        cache_write=share(given),
        reasoning=share(made),
        audio_input=share(given),
        audio_output=share(made),
        text_output=share(made),
    )


RESPONSES = st.builds(
    m.Response,
    id=known(WORDS),
    model=known(WORDS),
    finish_reasons=known(st.lists(st.sampled_from(["stop", "length", "tool_calls"]), min_size=1, max_size=3)),
    usage=known(usages()),
    conversation_id=known(WORDS),
    compacted=known(st.booleans()),
)
SERVER = {"address": st.just("127.0.0.1"), "port": st.integers(1, 65_535)}
PROVIDERS = st.sampled_from(["openai", "acme"])
INFERENCES = st.builds(
    m.Inference,
    operation=st.sampled_from(["chat", "generate_content", "text_completion"]),
    provider=PROVIDERS,
    request=REQUESTS,
    response=known(RESPONSES),
    conversation_id=known(WORDS),
    time_to_first_chunk=known(NUMBERS),
    in_process=st.booleans(),
    **SERVER,
)
FETCHES = st.builds(
    m.FetchResponse,
    provider=PROVIDERS,
    response=known(st.builds(m.Response, id=WORDS, status=known(st.just("completed")))),
    response_id=WORDS,
    **SERVER,
)
CONNECTION = {
    "protocol_version": known(st.just("2025-06-18")),
    "session_id": known(WORDS),
    "transport": known(st.sampled_from(["pipe", "tcp"])),
    "network_protocol": known(st.just("http")),
    "network_version": known(st.sampled_from(["1.1", "2"])),
}
SUBJECTS: dict[str, st.SearchStrategy[Any]] = {
    "inference": INFERENCES,
    "embeddings": st.builds(
        m.Embeddings,
        provider=PROVIDERS,
        request=st.builds(m.Request, model=WORDS, encoding_formats=known(st.just(["float"]))),
        response=known(
            st.builds(m.Response, model=known(WORDS), usage=known(st.builds(m.Usage, known(COUNTS))))
        ),
        **SERVER,
    ),
    "retrieval": st.builds(
        m.Retrieval,
        provider=PROVIDERS,
        data_source_id=known(WORDS),
        top_k=known(st.integers(1, 50)),
        **SERVER,
    ),
    "fetch": FETCHES,
    "agent": st.builds(
        m.AgentRun,
        name=known(WORDS),
        description=known(WORDS),
        request=st.builds(m.Request, model=known(WORDS)),
        response=known(st.builds(m.Response, finish_reasons=known(st.just(["stop"])), usage=known(usages()))),
        conversation_id=known(WORDS),
    ),
    "remote agent": st.builds(
        m.AgentRun,
        name=known(WORDS),
        id=known(WORDS),
        provider=PROVIDERS,
        response=known(RESPONSES),
        conversation_id=known(WORDS),
        remote=st.just(True),
        **SERVER,
    ),
    "workflow": st.builds(m.WorkflowRun, name=known(WORDS), conversation_id=known(WORDS)),
    "tool": st.builds(
        m.ToolRun,
        name=WORDS,
        type=known(st.sampled_from(["function", "extension", "datastore"])),
        description=known(WORDS),
        call_id=known(WORDS),
        agent_name=known(WORDS),
    ),
    "mcp sent": st.builds(m.McpMessage, st.just("tools/list"), request_id=WORDS, **CONNECTION, **SERVER),
    "mcp received": st.builds(
        m.McpMessage,
        st.just("tools/call"),
        received=st.just(True),
        operation=st.just("execute_tool"),
        tool=WORDS,
        request_id=WORDS,
        **CONNECTION,
        **SERVER,
    ),
    "step": st.builds(m.Step, WORDS),
    "http": st.builds(
        m.HttpRequest,
        st.sampled_from(["GET", "POST"]),
        st.just("http://127.0.0.1:80/v1"),
        address=st.just("127.0.0.1"),
        port=st.integers(1, 65_535),
        scheme=known(st.just("http")),
        protocol_version=known(st.sampled_from(["1.1", "2"])),
        resend_count=known(st.integers(1, 3)),
        status_code=known(st.sampled_from([200, 204])),
    ),
}
