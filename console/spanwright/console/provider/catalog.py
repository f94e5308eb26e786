# SPDX-License-Identifier: Apache-2.0
"""What the provider has in store: models, files, batches, vector stores; and moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider.embeddings import closeness
from spanwright.console.provider.errors import missing, not_found
from spanwright.console.provider.request import whole_answer
from spanwright.console.provider.shape import Json, identity, mapping, sequence, string, whole
from spanwright.console.provider.stems import stems
from spanwright.console.provider.turn import SNAPSHOTS

if TYPE_CHECKING:
    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State

_MODELS = sorted(
    {*SNAPSHOTS, *SNAPSHOTS.values()}
    | {
        "text-embedding-3-small",
        "text-embedding-3-large",
        "gpt-image-1",
        "gpt-4o-transcribe",
        "whisper-1",
        "gpt-4o-mini-tts",
    }
    | {"omni-moderation-latest", "gpt-3.5-turbo-instruct"}
)
# What a vector store holds when nobody uploaded a file.
_DOCUMENTS = {
    "refunds.txt": "Refunds are paid within five working days after the returned goods arrive.",
    "shipping.txt": "Parcels are shipped on the day of the order and arrive in two to four days.",
    "warranty.txt": "The warranty covers defects of material for two years from the date of purchase.",
    "opening.txt": "The shop is open from nine to six on weekdays and closed on Sundays.",
}
_HARMS: dict[str, tuple[str, ...]] = {
    "harassment": ("idiot", "stupid"),
    "harassment/threatening": (),
    "hate": ("hate",),
    "hate/threatening": (),
    "illicit": ("steal",),
    "illicit/violent": ("bomb",),
    "self-harm": (),
    "self-harm/intent": (),
    "self-harm/instructions": (),
    "sexual": (),
    "sexual/minors": (),
    "violence": ("kill", "murder", "bomb"),
    "violence/graphic": (),
}


def models(_request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `GET /models`."""
    return whole_answer({"object": "list", "data": [_model(name, state) for name in _MODELS]})


def model(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `GET /models/{id}`."""
    name = request.path.split("/models/", 1)[1]
    return (
        whole_answer(_model(name, state))
        if name in _MODELS
        else not_found(f"The model '{name}' does not exist", "model")
    )


def files(_request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `GET /files`."""
    return whole_answer(_page(list(state.files.values())))


def upload(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `POST /files`; texts can be found by vector store searches from then on."""
    if not request.files.get("file"):
        return missing("file")
    file = request.files["file"][0]
    told: Json = {
        "id": identity("file-", state.seed(request), length=22),
        "object": "file",
        "bytes": len(file.data),
        "created_at": state.created,
        "expires_at": None,
        "filename": file.name,
        "purpose": string(request.fields.get("purpose")) or "user_data",
        "status": "processed",
        "status_details": None,
    }
    with state.lock:
        state.files[told["id"]] = told
        state.texts[file.name] = file.data.decode(errors="replace")
    return whole_answer(told)


def batches(_request: Request, _reply: Reply, _state: State) -> Answer:
    """Answers `GET /batches`: there are none."""
    return whole_answer(_page([]))


def search(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `POST /vector_stores/{id}/search`, the closest text first."""
    query = request.fields.get("query")
    queries = [query] if isinstance(query, str) else [string(each) for each in sequence(query)]
    if not any(queries):
        return missing("query")
    found = sorted(
        (-max(closeness(each, text) for each in queries), name, text)
        for name, text in (dict(state.texts) or _DOCUMENTS).items()
    )
    data: list[Json] = [
        {
            "file_id": identity("file-", name, length=22),
            "filename": name,
            "score": round(max(0.0, -distance), 4),
            "attributes": {},
            "content": [{"type": "text", "text": text}],
        }
        for distance, name, text in found[: whole(request.fields.get("max_num_results"), 10)]
    ]
    page = {"object": "vector_store.search_results.page", "search_query": queries}
    return whole_answer({**page, "data": data, "has_more": False, "next_page": None})


def moderate(request: Request, _reply: Reply, state: State) -> Answer:
    """Answers `POST /moderations` by a short list of words."""
    given = request.fields.get("input")
    if not given:
        return missing("input")
    parts = [given] if isinstance(given, str) else sequence(given)
    if parts and isinstance(parts[0], dict):
        results = [_verdict(" ".join(string(mapping(part).get("text")) for part in parts))]
    else:
        results = [_verdict(string(part)) for part in parts]
    name = request.model or "omni-moderation-latest"
    return whole_answer(
        {"id": identity("modr-", state.seed(request), length=29), "model": name, "results": results}
    )


def _verdict(text: str) -> Json:
    said = stems(text)
    flags = {harm: bool(said & stems(" ".join(signs))) for harm, signs in _HARMS.items()}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": {harm: 0.9 if flag else 0.0001 for harm, flag in flags.items()},
        "category_applied_input_types": {harm: ["text"] for harm in flags},
    }


def _model(name: str, state: State) -> Json:
    return {"id": name, "object": "model", "created": state.created, "owned_by": "system"}


def _page(data: list[Json]) -> Json:
    ends = (
        {"first_id": data[0]["id"], "last_id": data[-1]["id"]}
        if data
        else {"first_id": None, "last_id": None}
    )
    return {"object": "list", "data": data, **ends, "has_more": False}
