# SPDX-License-Identifier: Apache-2.0
"""Libraries that tell their makers of their use, ask a server when they are imported or write into their user's home do not here.

It is imported before any of them.
"""

from __future__ import annotations

import os
import tempfile

os.environ.update(
    CREWAI_DISABLE_TELEMETRY="true",
    CREWAI_TRACING_ENABLED="false",
    HAYSTACK_TELEMETRY_ENABLED="False",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    MEM0_DIR=tempfile.mkdtemp(),
    MEM0_TELEMETRY="False",
)
