# SPDX-License-Identifier: Apache-2.0
"""A recommendation agent with spans of its own, in which the automatic ones of OpenAI and httpx nest.

The program only uses the OpenTelemetry API; where telemetry goes is said outside it. Users are named on the
command line, or on standard input, one a line. The weather comes from WEATHER_URL, or else from a stand-in:

    python -m spanwright.console.provider --port 8000
    OPENAI_API_KEY=... opentelemetry-instrument python examples/recommend.py ada grace

To a collector or any other OTLP endpoint, by gRPC or by HTTP:

    OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317
    OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318

To the console, as JSON or, for traces, as trees:

    OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=console OTEL_LOGS_EXPORTER=console
    OTEL_TRACES_EXPORTER=spanwright_tree OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none

Metrics for Prometheus to scrape at http://localhost:9464/metrics while the program runs:

    OTEL_METRICS_EXPORTER=prometheus OTEL_EXPORTER_PROMETHEUS_PORT=9464

Log records carry the ids of the trace and span they were written in. To see them in the printed lines too:

    OTEL_PYTHON_LOG_CORRELATION=true
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import httpx
from openai import OpenAI
from opentelemetry import trace
from pydantic import BaseModel

MODEL = "gpt-4o-mini"
WEATHER_URL = os.environ.get("WEATHER_URL", "http://127.0.0.1:8000/weather")
USERS = {"ada": "London", "grace": "New York", "hedy": "Vienna"}

log = logging.getLogger("shop")
tracer = trace.get_tracer("shop")


class Recommendations(BaseModel):
    """What the model is asked to answer with."""

    products: list[Literal["watering can", "rain barrel", "shade cloth", "frost fleece"]]


def recommend_products(user_id: str) -> list[str]:
    with tracer.start_as_current_span("recommend_products", attributes={"user.id": user_id}) as span:
        weather = fetch_user_data(user_id)
        products = generate_recommendations(user_id, weather)
        span.set_attribute("recommendations.count", len(products))
        log.info("recommended %d products to %s", len(products), user_id)
        return products


@tracer.start_as_current_span("fetch_user_data")
def fetch_user_data(user_id: str) -> str:
    response = httpx.get(WEATHER_URL, params={"city": USERS[user_id]})
    response.raise_for_status()
    weather = response.json()
    log.info("%s lives in %s, where it is %s", user_id, weather["city"], weather["condition"])
    return f"{weather['condition']}, {weather['temperature_c']} degrees"


@tracer.start_as_current_span("generate_recommendations")
def generate_recommendations(user_id: str, weather: str) -> list[str]:
    completion = OpenAI().chat.completions.parse(
        model=MODEL,
        messages=[
            {"role": "system", "content": "You recommend what a gardener needs in this weather."},
            {"role": "user", "content": f"{user_id} looks out at {weather}. What should we recommend?"},
        ],
        response_format=Recommendations,
    )
    answer = completion.choices[0].message.parsed
    return [*answer.products] if answer else []


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    for user_id in sys.argv[1:] or map(str.strip, sys.stdin):
        if user_id in USERS:
            print(user_id, *recommend_products(user_id), sep="\n  - ", flush=True)
        else:
            log.warning("nobody is called %r", user_id)


if __name__ == "__main__":
    main()
