# SPDX-License-Identifier: Apache-2.0
"""The hosted service from a cassette, with no server behind it.

It is made again, by the small server of these tests, in a lane of the matrix with

    pytest --record-mode=rewrite tests/libraries/mem0/test_mem0_cassettes.py

Then the client reaches the server as its proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from mem0 import MemoryClient

from cassette import ADDRESS, SERVER
from libraries.mem0.conftest import MINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Recorder
    from libraries.mem0.service import Service

pytestmark = pytest.mark.vcr
# The first version asks for other paths.
MATCH_ON = ("method", "host")
ASK = [{"role": "user", "content": "I prefer the left."}]


@pytest.fixture
def there(record_mode: str, service: Service) -> Iterator[Any]:
    """Return a client of the fixed address."""
    proxy = None if record_mode == "none" else service.url
    with httpx.Client(base_url=ADDRESS, proxy=proxy, verify=False) as sender:
        yield MemoryClient(api_key="test", host=ADDRESS, client=sender)


@pytest.mark.default_cassette("memories.yaml")
def test_memories_from_a_cassette(traced: Recorder, there: Any) -> None:
    there.add(ASK, user_id="u-1")
    there.search("Which way?", **MINE)
    there.get("mem-1")
    there.delete("mem-1")
    told = [dict(span.attributes or {}) for span in traced.spans]
    assert [each["gen_ai.operation.name"] for each in told] == [
        "upsert_memory",
        "search_memory",
        "search_memory",
        "delete_memory",
    ]
    assert all(SERVER.items() <= each.items() for each in told)
    assert [each.get("gen_ai.memory.record.count") for each in told] == [1, 1, 1, None]
