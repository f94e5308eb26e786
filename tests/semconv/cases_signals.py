# SPDX-License-Identifier: Apache-2.0
"""Examples for the rules on metrics, log events and HTTP."""

from __future__ import annotations

from semconv.forms import FAILED, Case, chat, counted, details, duration, request, usage
from spanwright.semconv.check import Record

GET = "https://api.example.com/v1?"
SDK_BOUNDS = (0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000)
CASES: list[Case] = [
    (
        "unknown-metric",
        [duration(name="myapp.cost", unit="EUR")],
        [duration(name="gen_ai.client.cost", unit="EUR")],
    ),
    ("renamed-metric", [duration()], [duration(name="gen_ai.workflow.duration")]),
    ("metric-instrument", [counted()], [duration(instrument="counter"), counted(instrument="updowncounter")]),
    ("metric-unit", [usage()], [duration(unit="ms"), usage(unit="1")]),
    (
        "metric-value",
        [counted(), usage({"gen_ai.token.type": "output"}), counted({"gen_ai.token.modality": "unknown"})],
        [
            counted(value=1.5),
            counted(value=-1),
            usage({"gen_ai.token.type": "total"}),
            counted({"gen_ai.token.modality": "video"}),
        ],
    ),
    ("metric-buckets", [duration(bounds=(0.01, 0.02))], [duration(bounds=SDK_BOUNDS)]),
    (
        "metric-missing",
        [duration({"gen_ai.request.model": None})],
        [duration({"gen_ai.operation.name": None}), usage({"gen_ai.token.type": None})],
    ),
    (
        "metric-extra",
        [duration({"error.type": "x", "openai.response.service_tier": "default"})],
        [
            duration({"gen_ai.conversation.id": "c1"}),
            usage({"error.type": "x"}),
            duration({"gen_ai.provider.name": "groq", "openai.response.service_tier": "default"}),
            duration({"user.id": "7"}),
        ],
    ),
    ("unknown-event", [Record("myapp.done", {})], [Record("gen_ai.tool.call.decision", {})]),
    ("event-severity", [details()], [details(severity=0), details(severity=9)]),
    ("event-body", [details(body="")], [details(body={"messages": []})]),
    (
        "event-missing",
        [
            Record("gen_ai.evaluation.result", {"gen_ai.evaluation.name": "relevance"}),
            Record("gen_ai.client.operation.exception", {"exception.type": "ValueError"}, 13),
        ],
        [
            details({"gen_ai.provider.name": None}),
            Record("gen_ai.evaluation.result", {"gen_ai.evaluation.score.value": 1.0}),
            Record("gen_ai.client.operation.exception", {}, 13),
        ],
    ),
    (
        "event-foreign",
        [
            details({"openai.response.service_tier": "default", "myapp.x": 1}),
            Record("gen_ai.client.operation.exception", {"exception.type": "E", "gen_ai.tool.name": "f"}, 13),
        ],
        [
            details({"gen_ai.tool.name": "f"}),
            Record("gen_ai.evaluation.result", {"gen_ai.request.model": "m"}),
        ],
    ),
    (
        "http-status",
        [request({"http.response.status_code": 429, "error.type": "429"}, **FAILED), request()],
        [request({"http.response.status_code": 429})],
    ),
    (
        "secret-in-url",
        [request({"url.full": f"{GET}key=REDACTED&q=key"}), request({"url.full": "https://[broken"})],
        [
            request({"url.full": f"{GET}q=1&key=AIza"}),
            request({"url.full": f"{GET}X-Amz-Signature=abc"}),
            request({"url.full": f"{GET}API_KEY=abc"}),
        ],
    ),
    (
        "user-in-url",
        [request({"url.full": "https://REDACTED:REDACTED@example.com/a@b"})],
        [
            request({"url.full": "https://me:secret@example.com/"}),
            request({"url.full": "https://me@example.com/"}),
        ],
    ),
    (
        "secret-header",
        [request({"http.request.header.accept": ("a",), "http.request.header.x-api-key": ("REDACTED",)})],
        [
            request({"http.request.header.authorization": ("Bearer x",)}),
            chat({"http.request.header.api-key": ["x"]}),
        ],
    ),
]
