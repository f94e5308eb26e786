# SPDX-License-Identifier: Apache-2.0
"""Recorded traffic of watsonx.ai, replayed through the real SDK: the span says the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from recordings.tape import Interaction, interactions
from spanwright.console.provider import Provider, Reply
from spanwright.instrumentors.ibm_watsonx_ai import WatsonxInstrumentor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibm_watsonx_ai.foundation_models import ModelInference

    from harness import Recorder

# Beside what was asked of models there are requests for a token and for the list of the models.
TAPES = [tape for tape in interactions("watsonx") if "/generation" in tape.uri or "/text/" in tape.uri]
pytestmark = [
    pytest.mark.skipif(not TAPES, reason="the folder of real recordings is not there"),
    # The service warns of a licence, and the SDK passes it on.
    pytest.mark.filterwarnings("ignore:This model is"),
]


@pytest.mark.parametrize("tape", TAPES, ids=str)
def test_a_recorded_text_is_told_as_it_was(
    recorder: Recorder, provider: Provider, named: Callable[..., ModelInference], tape: Interaction
) -> None:
    recorder.instrument(
        WatsonxInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )
    provider.say(Reply(body=tape.text))
    body, _ = tape.asked
    named(body["model_id"]).generate(body["input"])
    told = json.loads(tape.text)
    (result,) = told["results"]
    found = recorder.attributes()
    assert found["gen_ai.response.model"] == told["model_id"]
    assert found["gen_ai.usage.input_tokens"] == result["input_token_count"]
    assert found["gen_ai.usage.output_tokens"] == result["generated_token_count"]
    assert (result["stop_reason"], found["gen_ai.response.finish_reasons"]) == ("eos_token", ["stop"])
    assert result["generated_text"] in found["gen_ai.output.messages"]
