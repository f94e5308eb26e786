# SPDX-License-Identifier: Apache-2.0
"""Voice pipelines: a session is a workflow around what is heard, what the agent does, and what is spoken."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("numpy", reason="voice is tested with the newest version")

import numpy as np
from agents import voice

from alike.runs import content, errors
from spanwright.console.provider import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import openai
    from agents import Agent

    from harness import Recorder
    from spanwright.console.provider import Provider

SOUND = voice.AudioInput(buffer=np.zeros(2400, dtype=np.int16))
HEARD = "What is the weather?"
SAID = "It is sunny in Lisbon today."
TREE = [
    "invoke_workflow Voice Agent",
    "  transcription",
    "    generate_content gpt-4o-transcribe",
    "  invoke_agent Forecaster",
    "    chat gpt-4o-mini",
    "    execute_tool get_weather",
    "    chat gpt-4o-mini",
    "  speech",
    "    generate_content gpt-4o-mini-tts",
]


class Ear(voice.STTModel):
    """A model of the application's own, which hears the same in all that it is given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure

    @property
    def model_name(self) -> str:
        return "ear"

    async def transcribe(self, *_: Any, **__: Any) -> str:
        if self._failure is not None:
            raise self._failure
        return HEARD

    async def create_session(self, *_: Any, **__: Any) -> Any:
        return Session()


class Session(voice.StreamedTranscriptionSession):
    """A session in which two things are said."""

    async def transcribe_turns(self) -> AsyncIterator[str]:
        for _ in range(2):
            yield HEARD

    async def close(self) -> None: ...


class Mouth(voice.TTSModel):
    """A model of the application's own, which speaks the same sound."""

    @property
    def model_name(self) -> str:
        return "mouth"

    async def run(self, *_: Any, **__: Any) -> AsyncIterator[bytes]:
        yield bytes(480)


@pytest.fixture
def spoken(provider: Provider) -> Provider:
    """Return the provider that transcribes, whose model calls the tool and then answers."""
    provider.say(Reply(text=HEARD, path="/transcriptions"))
    provider.say(Reply(tool_calls=[ToolCall("get_weather", {"city": "Lisbon"})], path="/responses"))
    provider.say(Reply(SAID, path="/responses"))
    return provider


@pytest.fixture
def pipeline(client: openai.AsyncOpenAI, forecaster: Agent) -> Callable[..., voice.VoicePipeline]:
    """Return a maker of pipelines that let the agent answer."""

    def made(*models: Any, **settings: Any) -> voice.VoicePipeline:
        models = models or ("gpt-4o-transcribe", "gpt-4o-mini-tts")
        return voice.VoicePipeline(
            workflow=voice.SingleAgentVoiceWorkflow(forecaster),
            stt_model=models[0],
            tts_model=models[1],
            config=voice.VoicePipelineConfig(
                model_provider=voice.OpenAIVoiceModelProvider(openai_client=client), **settings
            ),
        )

    return made


async def listen(pipeline: voice.VoicePipeline, sound: Any = SOUND) -> list[str]:
    """Hear a session to its end and return what kinds of events it had."""
    return [event.type async for event in (await pipeline.run(sound)).stream()]


async def test_a_session_is_a_workflow_around_ears_agent_and_mouth(
    traced: Recorder, pipeline: Callable[..., Any], spoken: Provider
) -> None:
    assert "voice_stream_event_audio" in await listen(pipeline())
    assert traced.tree() == TREE
    assert traced.attributes("transcription") == {"openai_agents.model": "gpt-4o-transcribe"}
    del spoken


async def test_a_session_whose_tracing_is_off_has_the_same_tree(
    traced: Recorder, pipeline: Callable[..., Any], spoken: Provider
) -> None:
    await listen(pipeline(tracing_disabled=True))
    assert traced.tree() == TREE
    del spoken


async def test_a_session_without_us_sounds_the_same(pipeline: Callable[..., Any], spoken: Provider) -> None:
    kinds = await listen(pipeline())
    assert kinds[0] == kinds[-1] == "voice_stream_event_lifecycle"
    del spoken


async def test_a_group_is_the_conversation_of_a_session(
    traced: Recorder, pipeline: Callable[..., Any]
) -> None:
    await listen(pipeline(Ear(), Mouth(), group_id="call-1", workflow_name="Phone"))
    assert traced.attributes("invoke_workflow Phone")["gen_ai.conversation.id"] == "call-1"
    assert traced.attributes("invoke_agent")["gen_ai.conversation.id"] == "call-1"


async def test_models_of_the_applications_own_speak_in_a_step(
    traced: Recorder, pipeline: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(SAID, path="/responses"))
    await listen(pipeline(Ear(), Mouth()))
    assert traced.tree() == [
        "invoke_workflow Voice Agent",
        "  invoke_agent Forecaster",
        "    chat gpt-4o-mini",
        "  speech",
    ]


async def test_all_turns_of_a_conversation_are_in_its_session(
    traced: Recorder, pipeline: Callable[..., Any]
) -> None:
    await listen(pipeline(Ear(), Mouth()), voice.StreamedAudioInput())
    lines = [line.strip() for line in traced.tree()]
    assert [lines.count(each) for each in ("invoke_workflow Voice Agent", "invoke_agent Forecaster")] == [
        1,
        2,
    ]


async def test_what_is_said_is_no_content_unless_asked_for(
    traced: Recorder, pipeline: Callable[..., Any], spoken: Provider
) -> None:
    await listen(pipeline())
    assert HEARD not in traced.everything()
    assert SAID not in traced.everything()
    del spoken


async def test_what_is_said_is_content_of_the_session(
    shown: Recorder, pipeline: Callable[..., Any], spoken: Provider
) -> None:
    await listen(pipeline())
    told = content(shown, "invoke_workflow")
    assert [each["parts"][0]["content"] for each in told["input.messages"]] == [HEARD]
    assert [each["parts"][0]["content"] for each in told["output.messages"]] == [SAID]
    del spoken


async def test_what_the_application_keeps_out_of_a_sessions_trace_stays_out_of_ours(
    shown: Recorder, pipeline: Callable[..., Any], spoken: Provider
) -> None:
    await listen(pipeline(trace_include_sensitive_data=False))
    assert content(shown, "invoke_workflow") == {}
    del spoken


async def test_ears_that_fail_fail_the_session(traced: Recorder, pipeline: Callable[..., Any]) -> None:
    with pytest.raises(LookupError):
        await listen(pipeline(Ear(LookupError("deaf")), Mouth()))
    assert errors(traced) == {"invoke_workflow Voice Agent": "LookupError"}


async def test_a_session_that_is_left_ends_without_an_error(
    traced: Recorder, pipeline: Callable[..., Any], provider: Provider
) -> None:
    provider.say(Reply(SAID, path="/responses"))
    result = await pipeline(Ear(), Mouth()).run(SOUND)
    events = result.stream()
    async for _ in events:
        break
    await events.aclose()
    await asyncio.gather(result.text_generation_task, return_exceptions=True)
    assert "invoke_workflow Voice Agent" in traced.tree()
    assert "invoke_workflow Voice Agent" not in errors(traced)
