# SPDX-License-Identifier: Apache-2.0
"""The figures of a run: a row a case, each judged by its limit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from floor import Floor, shape_of
from timing import Alternative, compare

from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.openai import OpenAIInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
Row = tuple[str, str, str, str, str]


def _judge(figure: float, limit: float) -> str:
    return f"{figure:.2f} (limit {limit:g}) {'ok' if figure <= limit else 'ABOVE'}"


class Bench:
    """Runs cases and collects their rows."""

    def __init__(self, *, quick: bool) -> None:
        self.turns = 12 if quick else 30
        self.rows: list[Row] = []
        self.bad = 0

    def add(self, case: str, bare: str, floor: str, ours: str, verdict: str) -> None:
        """Add a row and show it."""
        self.rows.append((case, bare, floor, ours, verdict))
        self.bad += verdict.endswith("ABOVE")
        print(f"{case:46} bare {bare:>12}  floor {floor:>10}  ours {ours:>10}  {verdict}", flush=True)

    def call(self, case: str, call: Callable[[], object], limit: float, *, content: bool = False) -> None:
        """Measure one call against the bare call and against the floor around it."""
        recorder, instrumentor = Recorder(), OpenAIInstrumentor()
        environ = CONTENT if content else {}
        recorder.instrument(instrumentor, **environ)
        call()
        (span,) = recorder.spans
        shape = shape_of(span, recorder, recorder.meter_provider.get_meter("floor"))
        recorder.uninstrument()
        # The exporter in memory keeps every span; a real one does not.
        quiet = Recorder()
        quiet.tracer_provider._active_span_processor._span_processors = ()
        settings.reload(environ)
        floor = Floor(quiet.tracer_provider.get_tracer("floor"), shape)
        payload = shape.contents()
        found = compare(
            [
                Alternative("bare", call, instrumentor.uninstrument),
                Alternative("floor", lambda: floor.around(call)),
                Alternative("dumps", lambda: [json.dumps(each) for each in payload]),
                Alternative("ours", call, lambda: instrumentor.instrument(**quiet.providers)),
            ],
            turns=self.turns,
        )
        instrumentor.uninstrument()
        bare, ours = found["bare"], found["ours"] - found["bare"]
        base = found["floor"] - bare
        if content:
            allowed = base + 1.5 * found["dumps"]
            verdict = f"{ours / allowed:.2f} of floor + 1.5 x dumps (limit 1) {'ok' if ours <= allowed else 'ABOVE'}"
        else:
            verdict = _judge(ours / base, limit)
        self.add(case, f"{bare:.0f} us", f"+{base:.0f} us", f"+{ours:.0f} us", verdict)
