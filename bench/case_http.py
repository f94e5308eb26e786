# SPDX-License-Identifier: Apache-2.0
"""HTTP client spans: one request on a transport in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from floor import Floor, shape_of
from opentelemetry.propagate import inject
from timing import Alternative, compare

from harness import Recorder
from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from figures import Bench

_LIMIT = 1.3


def run(bench: Bench) -> None:
    """Measure a GET against the floor: to a model API, which gets no trace context, and to a host that gets it."""
    _measure(bench, "http, to a model API", "https://api.openai.com/v1/models?page=2")
    _measure(bench, "http, trace context injected in both", "http://127.0.0.1:9/items?page=2", injected=True)


def _measure(bench: Bench, case: str, url: str, *, injected: bool = False) -> None:
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, content=b"{}")))

    def call() -> object:
        return client.get(url)

    def injecting() -> object:
        request = client.build_request("GET", url)
        if injected:
            inject(request.headers)
        return client.send(request)

    recorder, instrumentor = Recorder(), HttpxInstrumentor()
    recorder.instrument(instrumentor)
    call()
    shape = shape_of(recorder.one(), recorder, recorder.meter_provider.get_meter("floor"))
    recorder.uninstrument()
    quiet = Recorder()
    quiet.tracer_provider._active_span_processor._span_processors = ()
    settings.reload({})
    floor = Floor(quiet.tracer_provider.get_tracer("floor"), shape)
    found = compare(
        [
            Alternative("bare", call, instrumentor.uninstrument),
            Alternative("floor", lambda: floor.around(injecting)),
            Alternative("ours", call, lambda: instrumentor.instrument(**quiet.providers)),
        ],
        turns=bench.turns,
        each=100,
    )
    instrumentor.uninstrument()
    base, ours = found["floor"] - found["bare"], found["ours"] - found["bare"]
    ratio = ours / base
    verdict = f"{ratio:.2f} (limit {_LIMIT}) {'ok' if ratio <= _LIMIT else 'ABOVE'}"
    bench.add(case, f"{found['bare']:.0f} us", f"+{base:.0f} us", f"+{ours:.0f} us", verdict)
