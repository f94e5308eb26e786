# SPDX-License-Identifier: Apache-2.0
"""Raw answers, strict arguments and bare requests: what all generated SDKs are tested for."""

from __future__ import annotations

from alike.raw import *  # noqa: F403 - the scenarios are the tests
