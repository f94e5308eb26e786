# SPDX-License-Identifier: Apache-2.0
"""The endpoints of Mistral's API that are GenAI operations, and what each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanwright.instrumentors._dialects import (
    mistral_chat,
    mistral_conversations,
    mistral_media,
    openai_embeddings,
)
from spanwright.instrumentors._dialects.wire import string
from spanwright.instrumentors._families.calls import Calls
from spanwright.semconv import names as n
from spanwright.semconv.model import AgentRun

if TYPE_CHECKING:
    from spanwright.instrumentors._families.calls import Table
    from spanwright.semconv.model import Inference, Subject

# No operation of the conventions is a classification; their enum is open.
_MODERATION, _CLASSIFICATION = "moderation", "classification"
_CONVERSATION = "agents_api_v1_conversations_"

# Operation id -> operation, dialect. Whatever is not here (files, models, jobs, agents as such) is no GenAI operation.
CALLS: Table = {
    "chat_completion_v1_chat_completions_post": (n.OperationName.CHAT, mistral_chat),
    "stream_chat": (n.OperationName.CHAT, mistral_chat),
    "fim_completion_v1_fim_completions_post": (n.OperationName.TEXT_COMPLETION, mistral_chat),
    "stream_fim": (n.OperationName.TEXT_COMPLETION, mistral_chat),
    "agents_completion_v1_agents_completions_post": (n.OperationName.INVOKE_AGENT, mistral_chat),
    "stream_agents": (n.OperationName.INVOKE_AGENT, mistral_chat),
    "embeddings_v1_embeddings_post": (n.OperationName.EMBEDDINGS, openai_embeddings),
    "ocr_v1_ocr_post": (n.OperationName.GENERATE_CONTENT, mistral_media),
    "audio_api_v1_transcriptions_post": (n.OperationName.GENERATE_CONTENT, mistral_media),
    "audio_api_v1_transcriptions_post_stream": (n.OperationName.GENERATE_CONTENT, mistral_media),
    "speech_v1_audio_speech_post": (n.OperationName.GENERATE_CONTENT, mistral_media),
    "moderations_v1_moderations_post": (_MODERATION, mistral_media),
    "chat_moderations_v1_chat_moderations_post": (_MODERATION, mistral_media),
    # Its name before 1.6.
    "moderations_chat_v1_chat_moderations_post": (_MODERATION, mistral_media),
    "classifications_v1_classifications_post": (_CLASSIFICATION, mistral_media),
    "chat_classifications_v1_chat_classifications_post": (_CLASSIFICATION, mistral_media),
    "moderations_chat_v1_chat_classifications_post": (_CLASSIFICATION, mistral_media),
    **{
        f"{_CONVERSATION}{verb}{form}": (n.OperationName.CHAT, mistral_conversations)
        for verb in ("start", "append", "restart")
        for form in ("", "_stream")
    },
}
_OUTPUT_TYPES = {
    "ocr_v1_ocr_post": n.OutputType.TEXT,
    "audio_api_v1_transcriptions_post": n.OutputType.TEXT,
    "audio_api_v1_transcriptions_post_stream": n.OutputType.TEXT,
    "speech_v1_audio_speech_post": n.OutputType.SPEECH,
}


class MistralEndpoints(Calls):
    """Finds the operation of a call; `provider` answers at a host that nobody knows."""

    def __init__(self, provider: str) -> None:
        super().__init__(provider, CALLS)

    def told(self, subject: Inference, operation_id: str, request: Any, sent: dict[str, Any]) -> Subject:
        """Return the subject with its conversation and its kind of output, or the agent that is invoked."""
        asked = subject.request
        if operation_id.startswith(_CONVERSATION):
            subject.conversation_id = _conversation(request)
        if (agent := string(sent.get("agent_id"))) is not None:
            # What the conventions do not tell of an agent that is invoked.
            asked.stream = asked.top_k = asked.reasoning_level = None
            return AgentRun(
                id=agent,
                version=_version(sent.get("agent_version")),
                provider=subject.provider,
                request=asked,
                conversation_id=subject.conversation_id,
                address=subject.address,
                port=subject.port,
                remote=True,
            )
        if (kind := _OUTPUT_TYPES.get(operation_id)) is not None:
            asked.output_type = kind
        return subject


def _conversation(request: Any) -> str | None:
    """Return the conversation that a request's path names: `/v1/conversations/<id>`."""
    _, found, rest = str(request.url.path).partition("/conversations/")
    name = rest.partition("/")[0].partition("#")[0]
    return name if found and name else None


def _version(value: Any) -> str | None:
    return str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
