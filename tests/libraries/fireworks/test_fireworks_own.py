# SPDX-License-Identifier: Apache-2.0
"""What Fireworks has beside chats: text completions."""

from __future__ import annotations

from alike.completions import *  # noqa: F403 - the scenarios are the tests
