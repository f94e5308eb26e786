# SPDX-License-Identifier: Apache-2.0
"""What only SDK 1 leaves to us: the messages are models of the application's, and carry what it wrote."""

from __future__ import annotations

from mcp import types
from servers import call, meeting, send

from spanwright.instrumentors.mcp.first import Carrying


async def test_a_context_of_the_applications_own_is_left_alone(traced, app):
    own = f"00-{'a' * 32}-{'b' * 16}-01"
    async with meeting(app) as (session, seen):
        await send(session, call(traceparent=own))
    assert seen == [{"traceparent": own}]


def test_a_message_that_carries_a_context_is_still_the_applications_message():
    message = types.ClientRequest(types.PingRequest(method="ping"))
    carrying = Carrying(message, {"traceparent": "x"})
    assert isinstance(carrying, types.ClientRequest)
    assert carrying.__class__ is types.ClientRequest
    assert carrying.root is message.root
