# SPDX-License-Identifier: Apache-2.0
"""Programs under `opentelemetry-instrument`, the provider they talk to, and a real OTLP receiver."""

from __future__ import annotations

from programs import runner
from receiver import receiver

__all__ = ["receiver", "runner"]
