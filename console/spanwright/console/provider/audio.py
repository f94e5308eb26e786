# SPDX-License-Identifier: Apache-2.0
"""Audio: `POST /audio/speech`, `/audio/transcriptions` and `/audio/translations`."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

from spanwright.console.provider.errors import missing
from spanwright.console.provider.request import Answer, frame, streamed_answer, whole_answer
from spanwright.console.provider.shape import Json, sequence, string, true
from spanwright.console.provider.tokens import count, words

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Request
    from spanwright.console.provider.state import State

_KINDS = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
}
_RATE = 24_000
_PER_CHARACTER = 240
"""Samples of silence for each character spoken."""
_BYTES_PER_SECOND = 32_000
_TOKENS_PER_SECOND = 10


def speech(request: Request, _reply: Reply, _state: State) -> Answer:
    """Answers with silence as long as the text; whole, or as events with `stream_format: sse`."""
    body = request.fields
    text = string(body.get("input"))
    if not text:
        return missing("input")
    form = string(body.get("response_format")) or "mp3"
    sound = bytes(2 * _PER_CHARACTER * len(text))
    if form == "wav":
        sound = _wave_head(len(sound)) + sound
    if body.get("stream_format") == "sse":
        return _speech_events(sound, text)
    return Answer(sound, kind=_KINDS.get(form, "audio/pcm"))


def transcribe(request: Request, reply: Reply, state: State) -> Answer:
    """Answers with a text that names the file."""
    return _hear(request, reply, state, "transcribe")


def translate(request: Request, reply: Reply, state: State) -> Answer:
    """Answers with a text that names the file, in English."""
    return _hear(request, reply, state, "translate")


def _speech_events(sound: bytes, text: str) -> Answer:
    usage = {"input_tokens": count(text), "output_tokens": len(text), "total_tokens": count(text) + len(text)}
    half = len(sound) // 2
    events: list[Json] = [
        {"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()}
        for part in (sound[:half], sound[half:])
    ]
    return streamed_answer([frame(each) for each in [*events, {"type": "speech.audio.done", "usage": usage}]])


def _hear(request: Request, reply: Reply, _state: State, task: str) -> Answer:
    body = request.fields
    if not request.files.get("file"):
        return missing("file")
    file = request.files["file"][0]
    seconds = round(max(1.0, len(file.data) / _BYTES_PER_SECOND), 2)
    text = reply.text if reply.text is not None else f"This is what was said in {file.name}."
    form = string(body.get("response_format")) or "json"
    if true(body.get("stream")):
        return _text_events(text, seconds)
    if form in ("text", "srt", "vtt"):
        return Answer(_plain(text, seconds, form).encode(), kind="text/plain; charset=utf-8")
    told: Json = {"text": text}
    if form in ("verbose_json", "diarized_json"):
        told = {
            "task": task,
            "language": "english",
            "duration": seconds,
            **told,
            **_timed(text, seconds, body, form),
        }
    if task == "translate":
        return whole_answer(told)
    whisper = request.model.startswith("whisper")
    usage = {"type": "duration", "seconds": seconds} if whisper else _usage(text, seconds)
    return whole_answer({**told, "usage": dict(reply.usage) if reply.usage is not None else usage})


def _usage(text: str, seconds: float) -> Json:
    heard, said = int(seconds * _TOKENS_PER_SECOND), count(text)
    return {
        "type": "tokens",
        "total_tokens": heard + said,
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": said,
    }


def _text_events(text: str, seconds: float) -> Answer:
    events: list[Json] = [{"type": "transcript.text.delta", "delta": word} for word in words(text)]
    events.append({"type": "transcript.text.done", "text": text, "usage": _usage(text, seconds)})
    return streamed_answer([*map(frame, events), frame("[DONE]")])


def _timed(text: str, seconds: float, body: Json, form: str) -> Json:
    if form == "diarized_json":
        part = {"type": "transcript.text.segment", "id": "seg_0", "start": 0.0, "end": seconds, "text": text}
        return {"segments": [{**part, "speaker": "A"}]}
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": seconds,
        "text": text,
        "tokens": list(range(count(text))),
        "temperature": 0.0,
        "avg_logprob": -0.2,
        "compression_ratio": 1.0,
        "no_speech_prob": 0.01,
    }
    told: Json = {"segments": [segment]}
    if "word" in sequence(body.get("timestamp_granularities")):
        said = [word.strip() for word in words(text)]
        each = seconds / len(said)
        told["words"] = [
            {"word": word, "start": round(at * each, 2), "end": round((at + 1) * each, 2)}
            for at, word in enumerate(said)
        ]
    return told


def _plain(text: str, seconds: float, form: str) -> str:
    end = f"00:00:{int(seconds):02}"
    if form == "srt":
        return f"1\n00:00:00,000 --> {end},000\n{text}\n\n"
    return f"WEBVTT\n\n00:00:00.000 --> {end}.000\n{text}\n\n" if form == "vtt" else f"{text}\n"


def _wave_head(size: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, _RATE, 2 * _RATE, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
    )
