# SPDX-License-Identifier: Apache-2.0
"""The wire of Azure's inference endpoints: OpenAI's bodies at addresses of its own, with Azure's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider import Wire
from spanwright.console.provider.chat import complete
from spanwright.console.provider.embeddings import embed, vector
from spanwright.console.provider.errors import error_answer
from spanwright.console.provider.request import Answer, whole_answer
from spanwright.console.provider.shape import mapping, sequence

if TYPE_CHECKING:
    from spanwright.console.provider import Reply, Request
    from spanwright.console.provider.state import State


def refuse(request: Request, status: int) -> Answer:
    return error_answer(status, azure=True, model=request.model)


def images(request: Request, _reply: Reply, _state: State) -> Answer:
    """Answer with a vector a picture, which costs a hundred tokens."""
    given = [str(mapping(each).get("image")) for each in sequence(request.fields.get("input"))]
    data = [
        {"object": "embedding", "index": at, "embedding": vector(each, 8)} for at, each in enumerate(given)
    ]
    size = 100 * len(given)
    usage = {"prompt_tokens": size, "total_tokens": size}
    return whole_answer({"object": "list", "data": data, "model": request.model, "usage": usage})


WIRE = Wire(
    routes=[
        ("POST", r"/models/chat/completions", complete),
        ("POST", r"/models/embeddings", embed),
        ("POST", r"/models/images/embeddings", images),
    ],
    refuse=refuse,
)
