# SPDX-License-Identifier: Apache-2.0
"""Bedrock's operations that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    bedrock_agents,
    bedrock_converse,
    bedrock_invoke,
    bedrock_knowledge,
)
from spanwright.instrumentors._families.ranking import DocumentsReader
from spanwright.instrumentors._families.servers import Server, Servers
from spanwright.instrumentors.botocore.readers import Reader
from spanwright.semconv import names as n
from spanwright.semconv.model import Content, Embeddings, Inference

if TYPE_CHECKING:
    from collections.abc import Callable

    from spanwright.instrumentors._kernel import reading
    from spanwright.semconv.model import Subject

    Call = tuple[Subject, reading.Reader, Callable[[], Content] | None]
    Find = Callable[[Server, dict[str, Any], "str | None", bool], "Call | None"]

_NAME = n.ProviderName.AWS_BEDROCK


def _conversed(server: Server, params: dict[str, Any], place: str | None, streamed: bool) -> Call:
    asked = bedrock_converse.request(params)
    asked.stream = streamed
    subject = Inference(n.OperationName.CHAT, _NAME, asked, None, server.address, server.port)
    return subject, Reader(bedrock_converse, place), lambda: bedrock_converse.content(params)


def _invoked(server: Server, params: dict[str, Any], place: str | None, streamed: bool) -> Call | None:
    body = bedrock_invoke.body(params.get("body"))
    family = bedrock_invoke.family(params.get("modelId"), body)
    operation = family.operation
    if operation is None:
        return None
    asked = family.request(body)
    asked.model, asked.stream = params.get("modelId"), streamed
    asked.extra = {
        **(asked.extra or {}),
        **(bedrock_converse.guarded(params.get("guardrailIdentifier")) or {}),
    }
    reader = Reader(family, place)
    if operation == n.OperationName.EMBEDDINGS:
        asked.stream = None
        return (
            Embeddings(provider=_NAME, request=asked, address=server.address, port=server.port),
            reader,
            None,
        )
    subject = Inference(operation, _NAME, asked, None, server.address, server.port)
    return subject, reader, lambda: family.content(body)


def _agent(server: Server, params: dict[str, Any], place: str | None, streamed: bool) -> Call:
    del streamed
    subject = bedrock_agents.run(params)
    subject.provider, subject.address, subject.port = _NAME, server.address, server.port
    return subject, Reader(bedrock_agents, place), lambda: bedrock_agents.content(params)


def _retrieved(server: Server, params: dict[str, Any], place: str | None, streamed: bool) -> Call:
    del place, streamed
    subject = bedrock_knowledge.retrieval(params)
    subject.provider, subject.address, subject.port = _NAME, server.address, server.port
    reader = DocumentsReader(subject, bedrock_knowledge.documents)
    return subject, reader, lambda: Content(query=bedrock_knowledge.query(params))


def _generated(server: Server, params: dict[str, Any], place: str | None, streamed: bool) -> Call:
    asked = bedrock_knowledge.request(params)
    asked.stream = streamed
    subject = Inference(n.OperationName.CHAT, _NAME, asked, None, server.address, server.port)
    subject.conversation_id = bedrock_knowledge.session(params)
    return subject, Reader(bedrock_knowledge, place), lambda: bedrock_knowledge.content(params)


# Service -> operation -> what finds it, where its answer is a stream or an unread body, whether that streams.
# Whatever is not here is no GenAI operation: the conventions have none for a guardrail that is asked by itself, for
# counting tokens, for ranking, for flows.
OPERATIONS: dict[str, dict[str, tuple[Find, str | None, bool]]] = {
    "bedrock-runtime": {
        "Converse": (_conversed, None, False),
        "ConverseStream": (_conversed, "stream", True),
        "InvokeModel": (_invoked, "body", False),
        "InvokeModelWithResponseStream": (_invoked, "body", True),
    },
    "bedrock-agent-runtime": {
        "InvokeAgent": (_agent, "completion", True),
        "InvokeInlineAgent": (_agent, "completion", True),
        "Retrieve": (_retrieved, None, False),
        "RetrieveAndGenerate": (_generated, None, False),
        "RetrieveAndGenerateStream": (_generated, "stream", True),
    },
}


class Bedrock:
    """Finds the operation of a call, and the server from the client that makes this very call."""

    def __init__(self) -> None:
        self._servers = Servers(_NAME, _named)

    def find(self, client: Any, known: tuple[Find, str | None, bool], params: dict[str, Any]) -> Call | None:
        """Return subject, reader and content reader of a call, or None when it is no GenAI operation."""
        find, place, streamed = known
        return find(self._servers.of(client, client.meta.endpoint_url), params, place, streamed)


def _named(client: Any) -> str:
    """Tell the provider by the service: the address may be a proxy's or a private one."""
    del client
    return _NAME
