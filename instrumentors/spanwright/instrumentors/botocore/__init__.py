# SPDX-License-Identifier: Apache-2.0
"""Amazon Bedrock by boto3, botocore and aiobotocore: models, embeddings, agents and knowledge bases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.instrumentors._kernel.instrumentor import Instrumentor
from spanwright.instrumentors._kernel.patching import Patch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spanwright.instrumentors._kernel.patching import OnImport
    from spanwright.instrumentors._kernel.telemetry import Telemetry


class BotocoreInstrumentor(Instrumentor):
    """Patches the method that every call of every client passes, and the `close` of event streams."""

    supports = ("botocore >= 1.34.116, < 2", "aiobotocore >= 2.13.1, < 4")
    watches = ("botocore",)
    captures = "Bedrock: Converse, InvokeModel, embeddings, agents, knowledge bases; plain and streamed"

    def patches(self, telemetry: Telemetry) -> Iterable[Patch | OnImport]:
        """Yield what is to be patched."""
        from spanwright.instrumentors._kernel.call import after
        from spanwright.instrumentors.botocore import others, streams
        from spanwright.instrumentors.botocore.calls import patched

        call = patched(telemetry)
        # Private, yet the one method that all of a client's methods, which are made at run time, call.
        yield Patch("botocore.client", "BaseClient._make_api_call", call)
        yield Patch("aiobotocore.client", "AioBaseClient._make_api_call", call)
        # Both kinds of streams inherit it.
        yield Patch("botocore.eventstream", "EventStream.close", after(streams.closed))
        yield Patch(others.MODULE, others.METHOD, others.stand_aside, optional=True, replaces=True)
