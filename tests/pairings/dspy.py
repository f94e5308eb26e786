# SPDX-License-Identifier: Apache-2.0
"""Language models of DSPy."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dspy

if TYPE_CHECKING:
    from spanwright.console.provider import Provider

_SETTINGS: dict[str, Any] = {"api_key": "test", "cache": False, "num_retries": 0}
SAID = {"text": "[[ ## answer ## ]]\nhello\n\n[[ ## completed ## ]]"}


def _model(provider: Provider) -> Any:
    return dspy.LM("openai/gpt-4o-mini", api_base=provider.base_url, **_SETTINGS)


# Since 3.4 it speaks HTTP itself; before, it does not ask for the usage of a stream.
if tuple(int(part) for part in version("dspy").split(".")[:2]) >= (3, 4):
    own = _model
else:
    litellm = _model
    WITHOUT = {"litellm": ("streamed",)}


def whole(model: Any) -> None:
    with dspy.context(lm=model):
        dspy.Predict("question -> answer")(question="hi")


async def streamed(model: Any) -> None:
    with dspy.context(lm=model):
        listening = [dspy.streaming.StreamListener(signature_field_name="answer")]
        asking = dspy.streamify(dspy.Predict("question -> answer"), stream_listeners=listening)
        async for _ in asking(question="hi"):
            pass


WAYS = {whole: 1, streamed: 1}
