# SPDX-License-Identifier: Apache-2.0
"""Streams: what all SDKs that speak OpenAI's protocol are tested for."""

from __future__ import annotations

from alike.streams import *  # noqa: F403 - the scenarios are the tests
