# SPDX-License-Identifier: Apache-2.0
"""Qdrant's servers over HTTP: what all such vector stores are tested for."""

from __future__ import annotations

from alike.remote_stores import *  # noqa: F403 - the scenarios are the tests
