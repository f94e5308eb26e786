# SPDX-License-Identifier: Apache-2.0
"""All recorded traffic of Together, replayed through its SDK: the span says the same."""

from __future__ import annotations

from alike.recordings import *  # noqa: F403 - the tests of all SDKs that are alike

FOLDERS = ("together",)
