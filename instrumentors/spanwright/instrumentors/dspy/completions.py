# SPDX-License-Identifier: Apache-2.0
"""Language models until 3.3: functions beneath the library's cache, each of which asks LiteLLM."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import dspy as dialect
from spanwright.instrumentors._dialects.wire import fields
from spanwright.instrumentors._families.methods import Method
from spanwright.instrumentors.dspy.asked import Answers, inference

if TYPE_CHECKING:
    from spanwright.instrumentors._families.methods import Found
    from spanwright.instrumentors._kernel.call import Args, Kwargs
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class Completions(Method):
    """The seam of `litellm_completion(request, num_retries, cache)` and its kin."""

    def __init__(self, telemetry: Telemetry, kind: str) -> None:
        super().__init__(telemetry, self._find_call)
        self._kind = kind
        self._answers = Answers(kind)

    def _find_call(self, instance: Any, args: Args, kwargs: Kwargs) -> Found:
        del instance
        return self._read(*args, **kwargs)

    def _read(self, request: Any = None, *_: Any, **__: Any) -> Found:
        body = fields(request)
        subject = inference(body, self._kind)
        subject.request.stream = streams() or None
        return subject, self._answers, lambda: dialect.content(body)


def streams() -> bool:
    """Tell whether what is asked here is streamed: `streamify` says so in the library's settings."""
    settings = getattr(sys.modules.get("dspy.dsp.utils.settings"), "settings", None)
    return getattr(settings, "send_stream", None) is not None
