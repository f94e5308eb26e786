# SPDX-License-Identifier: Apache-2.0
"""When and what is patched: what all SDKs that speak OpenAI's protocol are tested for."""

from __future__ import annotations

from alike.life import *  # noqa: F403 - the scenarios are the tests
