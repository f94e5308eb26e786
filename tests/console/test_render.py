# SPDX-License-Identifier: Apache-2.0
"""How a trace looks: every width, every kind of span, every odd value."""

from __future__ import annotations

import json
import re
from io import BytesIO, StringIO, TextIOWrapper
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot
from opentelemetry.trace import SpanKind
from rich.cells import cell_len
from rich.console import Console

from spanwright.console.tree import render

if TYPE_CHECKING:
    from .conftest import Story


def test_a_trace_fits_a_narrow_terminal(trip: Story) -> None:
    assert trip.drawn(80) == snapshot("""\

── trip-planner trace 0000000000000001000000000000abcd ─────────────────────────
                                      time     in    out   first
plan_trip                           3.42 s
└─ invoke_agent Trip Planner        3.10 s
   ├─ chat owl-mini                 812 ms    312     18          tool_call
   │  ├─ POST api.openai.com/v1/c…   12 ms
   │  │     ✗ 429 Too Many Requests
   │  └─ POST api.openai.com/v1/c…  320 ms                        200 · resend 1
   ├─ execute_tool get_weather      140 ms
   │  └─ GET 127.0.0.1:8001/weath…  131 ms                        200
   ├─ execute_tool search_guide     300 ms
   │  └─ retrieval guide            280 ms
   │     └─ embeddings owl-embedd…  260 ms      9
   │        └─ POST api.openai.co…  250 ms                        200
   ├─ execute_tool book_flight       50 ms
   │     ✗ SeatsUnavailable: No seats left on TP 1234 for the dates that were a…
   └─ chat owl-mini                 1.80 s  1,640    212  412 ms
      │  1,024 cached · 64 reasoning
      └─ POST api.openai.com/v1/c…  400 ms                        200
────────────────────────────────────────────────────────────────────────────────
total                               3.42 s  1,961    230
1,024 cached · 64 reasoning
14 spans · 3 model calls · 3 tool calls · 5 HTTP requests · 2 errors
""")


def test_a_wider_terminal_shows_when_each_span_ran(trip: Story) -> None:
    assert trip.drawn(120) == snapshot("""\

── trip-planner trace 0000000000000001000000000000abcd ─────────────────────────────────────────────────────────────────
                                                time                      in    out   first
plan_trip                                     3.42 s  ━━━━━━━━━━━━━━━
└─ invoke_agent Trip Planner                  3.10 s  ━━━━━━━━━━━━━━
   ├─ chat owl-mini                           812 ms  ━━━━               312     18          tool_call
   │  ├─ POST api.openai.com/v1/chat/comple…   12 ms  ━                                      ✗ 429 Too Many Requests
   │  └─ POST api.openai.com/v1/chat/comple…  320 ms    ━━                                   200 · resend 1
   ├─ execute_tool get_weather                140 ms     ━
   │  └─ GET 127.0.0.1:8001/weather           131 ms     ━                                   200
   ├─ execute_tool search_guide               300 ms     ━━
   │  └─ retrieval guide                      280 ms     ━━
   │     └─ embeddings owl-embedding-3-small  260 ms     ━━                9
   │        └─ POST api.openai.com/v1/embed…  250 ms     ━━                                  200
   ├─ execute_tool book_flight                 50 ms       ━
   │     ✗ SeatsUnavailable: No seats left on TP 1234 for the dates that were asked for
   └─ chat owl-mini                           1.80 s       ━━━━━━━━    1,640    212  412 ms  1,024 cached · 64 reasoning
      └─ POST api.openai.com/v1/chat/comple…  400 ms       ━━                                200
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
total                                         3.42 s                   1,961    230          1,024 cached · 64 reasoning
14 spans · 3 model calls · 3 tool calls · 5 HTTP requests · 2 errors
""")


@pytest.mark.parametrize("width", [60, 80, 95, 96, 100, 120, 160, 300])
def test_no_line_is_wider_than_the_terminal(trip: Story, width: int) -> None:
    assert max(map(cell_len, trip.drawn(width).splitlines())) <= width


def test_a_terminal_without_unicode_gets_ascii(trip: Story) -> None:
    trip.span("Grüße aus Lissabon ✈")
    raw = BytesIO()
    out = TextIOWrapper(raw, "ascii")
    render(trip.finished(), Console(file=out, width=90))
    out.flush()
    assert raw.getvalue().decode("ascii") == snapshot("""\

-- trip-planner trace 0000000000000002000000000000abcd -----------------------------------
Gr??e aus Lissabon ?  10 ms
------------------------------------------------------------------------------------------
total                 10 ms
1 span

-- trip-planner trace 0000000000000001000000000000abcd -----------------------------------
                                                 time     in    out   first
plan_trip                                      3.42 s
`- invoke_agent Trip Planner                   3.10 s
   |- chat owl-mini                            812 ms    312     18          tool_call
   |  |- POST api.openai.com/v1/chat/compl...   12 ms
   |  |     ! 429 Too Many Requests
   |  `- POST api.openai.com/v1/chat/compl...  320 ms                        200, resend 1
   |- execute_tool get_weather                 140 ms
   |  `- GET 127.0.0.1:8001/weather            131 ms                        200
   |- execute_tool search_guide                300 ms
   |  `- retrieval guide                       280 ms
   |     `- embeddings owl-embedding-3-small   260 ms      9
   |        `- POST api.openai.com/v1/embe...  250 ms                        200
   |- execute_tool book_flight                  50 ms
   |     ! SeatsUnavailable: No seats left on TP 1234 for the dates that were asked for
   `- chat owl-mini                            1.80 s  1,640    212  412 ms
      |  1,024 cached, 64 reasoning
      `- POST api.openai.com/v1/chat/compl...  400 ms                        200
------------------------------------------------------------------------------------------
total                                          3.42 s  1,961    230
1,024 cached, 64 reasoning
14 spans, 3 model calls, 3 tool calls, 5 HTTP requests, 2 errors
""")


def test_a_terminal_gets_colours_unless_they_are_declined(
    trip: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    spans = trip.finished()

    def painted() -> str:
        out = StringIO()
        render(spans, Console(file=out, width=100, force_terminal=True, color_system="standard"))
        return out.getvalue()

    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]m")
    assert colour.search(painted())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(painted())


def test_messages_are_previewed_when_the_spans_carry_them(story: Story) -> None:
    agent = story.operation("invoke_agent", took=90, agent__name="Planner")
    question = {
        "role": "user",
        "parts": [{"type": "text", "content": "Is it warm\nin Lisbon, and can we swim?"}],
    }
    system = {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]}
    call = {"type": "tool_call", "id": "1", "name": "get_weather", "arguments": {"city": "Lisbon"}}
    story.operation(
        "chat",
        agent,
        request__model="owl-mini",
        input__messages=json.dumps([system, question]),
        output__messages=json.dumps([{"role": "assistant", "parts": [call]}]),
    )
    story.operation(
        "execute_tool",
        agent,
        at=20,
        tool__name="get_weather",
        tool__call__arguments='{"city":"Lisbon"}',
        tool__call__result="sunny, 24 degrees",
    )
    story.operation(
        "retrieval",
        agent,
        at=40,
        retrieval__query__text="beaches",
        retrieval__documents='[{"id":"1"},{"id":"2"}]',
    )
    assert story.drawn(100) == snapshot("""\

── trip-planner trace 0000000000000001000000000000abcd ─────────────────────────────────────────────
invoke_agent Planner         90 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
├─ chat owl-mini             10 ms  ━━━━
│     user: Is it warm in Lisbon, and can we swim? → assistant: get_weather({"city": "Lisbon"})
├─ execute_tool get_weather  10 ms          ━━━━━
│     {"city": "Lisbon"} → sunny, 24 degrees
└─ retrieval                 10 ms                   ━━━━━
      beaches → 2 documents
────────────────────────────────────────────────────────────────────────────────────────────────────
total                        90 ms
4 spans · 1 model call · 1 tool call
""")


def test_content_of_any_shape_is_previewed_without_failing(story: Story) -> None:
    for odd in (
        "not json",
        "[]",
        "[1, null]",
        '[{"parts": 3}]',
        '[{"role": 1, "parts": [{"type": "blob"}]}]',
        "{}",
    ):
        story.operation("chat", input__messages=odd, output__messages=odd)
    assert "not json → not json" in story.drawn()


def test_tokens_are_counted_once_however_many_layers_report_them(story: Story) -> None:
    root = story.operation("invoke_agent", usage__input_tokens=7, usage__output_tokens=3)
    outer = story.operation("chat", root, request__model="owl", usage__input_tokens=7, usage__output_tokens=3)
    story.operation("chat", outer, request__model="owl", usage__input_tokens=7, usage__output_tokens=3)
    assert story.drawn() == snapshot("""\

── trip-planner trace 0000000000000001000000000000abcd ─────────────────────────────────────────────
                 time                                               in    out
invoke_agent    10 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
└─ chat owl     10 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━      7      3
   └─ chat owl  10 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━      7      3
────────────────────────────────────────────────────────────────────────────────────────────────────
total           10 ms                                                7      3
3 spans · 1 model call
""")


def test_the_inner_layer_tells_the_tokens_that_the_outer_one_does_not_know(story: Story) -> None:
    outer = story.operation("chat", request__model="owl")
    story.operation("chat", outer, request__model="owl", usage__input_tokens=7, usage__output_tokens=3)
    total = story.drawn().splitlines()[-2:]
    assert total[0].split()[-2:] == ["7", "3"]
    assert "1 model call" in total[1]


def test_a_tool_called_through_mcp_is_one_tool_call(story: Story) -> None:
    tool = story.operation("execute_tool", tool__name="search")
    story.span(
        "tools/call search",
        tool,
        kind=SpanKind.CLIENT,
        attributes={
            "mcp.method.name": "tools/call",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "search",
        },
    )
    assert "1 tool call" in story.drawn()


def test_an_error_that_rises_through_its_parents_is_one_error(story: Story) -> None:
    root = story.span("handle", error="boom")
    chat = story.operation("chat", root, error="boom")
    story.request(chat, status=500)
    drawn = story.drawn()
    assert drawn.count("✗") == 3
    assert "1 error" in drawn


def test_an_exception_event_explains_a_failure_without_description(story: Story) -> None:
    span = story.span("book", attributes={"error.type": "builtins.ValueError"})
    span.record_exception(ValueError("no such flight"))
    assert "✗ ValueError: no such flight" in story.drawn()


def test_application_spans_are_shown_by_name(story: Story) -> None:
    story.span("checkout", attributes={"user.id": "42"})
    assert story.drawn(80) == snapshot("""\

── trip-planner trace 0000000000000001000000000000abcd ─────────────────────────
checkout  10 ms
────────────────────────────────────────────────────────────────────────────────
total     10 ms
1 span
""")


def test_an_answered_request_is_shown_by_its_route_and_is_no_request_of_ours(story: Story) -> None:
    story.span(
        "GET /trips/{id}",
        kind=SpanKind.SERVER,
        attributes={
            "http.request.method": "GET",
            "http.route": "/trips/{id}",
            "http.response.status_code": 200,
        },
    )
    drawn = story.drawn(80)
    assert "GET /trips/{id}" in drawn
    assert "HTTP request" not in drawn


def test_http_spans_with_the_old_keys_are_understood(story: Story) -> None:
    story.span(
        "POST",
        kind=SpanKind.CLIENT,
        attributes={
            "http.method": "POST",
            "http.url": "https://api.groq.com/openai/v1",
            "http.status_code": 200,
        },
    )
    line = story.drawn().splitlines()[2]
    assert line.startswith("POST api.groq.com/openai/v1")
    assert line.endswith("200")


def test_secrets_in_an_address_are_not_shown(story: Story) -> None:
    story.request(url="https://user:hidden@example.com/v1?key=hidden")
    assert "hidden" not in story.drawn(160)


def test_control_characters_cannot_reach_the_terminal(story: Story) -> None:
    story.operation("execute_tool", tool__name="rm\x1b[2J\r\u202egnp", error="a\nb\x07")
    drawn = story.drawn()
    assert not set(drawn) & set("\x1b\r\x07\u202e")


def test_wide_characters_keep_the_columns_straight(story: Story) -> None:
    root = story.operation("invoke_agent", agent__name="旅行プランナー", took=90)
    story.operation("chat", root, request__model="owl", usage__input_tokens=1, usage__output_tokens=1)
    story.operation("execute_tool", root, tool__name="天気予報" * 20)
    lines = story.drawn(80).splitlines()[3:6]
    assert len({cell_len(line[: line.index(" ms")]) for line in lines}) == 1


def test_attributes_of_odd_types_are_left_out(story: Story) -> None:
    story.span(
        "odd",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": 5,
            "gen_ai.usage.input_tokens": "many",
            "gen_ai.usage.output_tokens": True,
            "gen_ai.response.finish_reasons": "stop",
            "gen_ai.response.time_to_first_chunk": "soon",
            "http.response.status_code": "200",
        },
    )
    assert story.drawn(80).splitlines()[2].split() == ["chat", "10", "ms"]


def test_nesting_deeper_than_the_stack_is_drawn(story: Story) -> None:
    span = None
    for level in range(2000):
        span = story.span(f"level {level}", span)
    assert "level 1999" in story.drawn(80)


def test_several_traces_become_several_trees(story: Story) -> None:
    story.span("second", at=5)
    story.span("first", at=1)
    drawn = story.drawn()
    assert drawn.count("trace 0") == 2
    assert drawn.index("first") < drawn.index("second")


def test_a_price_is_shown_when_one_is_known(story: Story) -> None:
    pytest.importorskip("genai_prices")
    story.operation(
        "chat",
        provider__name="openai",
        request__model="gpt-4o-mini",
        usage__input_tokens=1_000_000,
        usage__output_tokens=100,
    )
    story.operation("chat", at=20, request__model="owl", usage__input_tokens=5, usage__output_tokens=5)
    assert re.search(r"~\$0\.\d{4}", story.drawn())


def test_costs_that_spans_tell_have_a_column_where_there_is_room(story: Story) -> None:
    agent = story.operation("invoke_agent", agent__name="a")
    for at, cost in ((1, 0.0125), (2, 0.00000002)):
        told = story.operation("chat", agent, at=at, request__model="owl", usage__input_tokens=5)
        told.set_attribute("spanwright.cost", cost)
    wide = story.drawn(120)
    assert [line.split()[-1] for line in wide.splitlines() if "owl" in line] == ["$0.0125", "<$0.000001"]
    assert re.search(r"^total .* 10 +\$0\.0125$", wide, re.MULTILINE)


def test_a_narrow_terminal_shows_the_sum_of_the_costs_alone(story: Story) -> None:
    agent = story.operation("invoke_agent", agent__name="a")
    told = story.operation("chat", agent, at=1, request__model="owl", usage__input_tokens=5)
    told.set_attribute("spanwright.cost", 0.0125)
    story.operation("chat", agent, at=2, request__model="owl", usage__input_tokens=5)
    drawn = story.drawn(80)
    assert "cost" not in drawn
    assert "~$0.0125 for 1 of 2 calls" in drawn


@pytest.mark.parametrize("odd", ["1.50", -1.0, float("nan"), True])
def test_a_cost_that_is_no_amount_of_money_is_not_shown(story: Story, odd: object) -> None:
    told = story.operation("chat", request__model="owl", usage__input_tokens=5)
    told.set_attribute("spanwright.cost", odd)
    assert "$" not in story.drawn(120)
