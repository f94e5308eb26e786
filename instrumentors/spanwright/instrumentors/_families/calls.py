# SPDX-License-Identifier: Apache-2.0
"""The calls of an SDK that Speakeasy generated: a table by operation id tells which operation each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._families.ranking import ranked
from spanwright.instrumentors._families.speakeasy import DialectReader, body, server
from spanwright.semconv import names as n
from spanwright.semconv.model import Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spanwright.instrumentors._families.speakeasy import Found
    from spanwright.instrumentors._families.stainless import Dialect
    from spanwright.semconv.model import Subject

    Table = Mapping[str, tuple[str, Dialect]]


class Calls:
    """Finds the operation of a call; `provider` answers at a host that nobody knows.

    `table` has operation id -> operation, dialect; `rankings` are the ids of rerankings. Whatever is in neither (files,
    models, keys, ...) is no GenAI operation.
    """

    def __init__(self, provider: str, table: Table, rankings: frozenset[str] = frozenset()) -> None:
        self._provider = provider
        self._table = {
            name: (operation, DialectReader(dialect)) for name, (operation, dialect) in table.items()
        }
        self._rankings = rankings

    def find(self, sdk: Any, operation_id: str, request: Any) -> Found | None:
        """Return subject, reader and content reader of the call, or None when it is no GenAI operation."""
        del sdk
        if operation_id in self._rankings:
            address, port, provider = server(request, self._provider)
            return ranked(body(request), provider, address, port)
        if operation_id not in self._table:
            return None
        operation, reader = self._table[operation_id]
        sent = body(request)
        address, port, provider = server(request, self._provider)
        asked = reader.request(sent)
        if operation == n.OperationName.EMBEDDINGS:
            return Embeddings(provider=provider, request=asked, address=address, port=port), reader, None
        subject = Inference(operation, provider, asked, None, address, port)
        return self.told(subject, operation_id, request, sent), reader, lambda: reader.content(sent)

    def told(self, subject: Inference, operation_id: str, request: Any, sent: dict[str, Any]) -> Subject:
        """Return the subject with what else the call tells: nothing, unless an SDK knows more."""
        del operation_id, request, sent
        return subject
