# SPDX-License-Identifier: Apache-2.0
"""Pinecone's searches and writes from cassettes, as with all vector stores that are asked over HTTP."""

from __future__ import annotations

from alike.store_cassettes import *  # noqa: F403 - the scenarios are the tests
