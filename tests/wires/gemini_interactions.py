# SPDX-License-Identifier: Apache-2.0
"""Google's interactions: made of steps, streamed as typed events, stored under an id."""

from __future__ import annotations

ROUTES = []
