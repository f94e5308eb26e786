# SPDX-License-Identifier: Apache-2.0
"""The wire of another provider, spoken by the same server: its addresses, its errors, where it names the model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spanwright.console.provider.reply import Reply
    from spanwright.console.provider.request import Answer, Request
    from spanwright.console.provider.state import State

    Endpoint: TypeAlias = Callable[[Request, Reply, State], Answer]


def _model(request: Request) -> str:
    return request.model


@dataclass(frozen=True, slots=True)
class Wire:
    """One provider's API.

    `routes` are method, pattern of the whole path, and what answers there; `refuse` makes the answer with an HTTP
    status in the provider's own error body; `model` finds the name of the model where it is not in the body.
    """

    routes: Sequence[tuple[str, str, Endpoint]]
    refuse: Callable[[Request, int], Answer]
    model: Callable[[Request], str] = _model

    def find(self, request: Request) -> Endpoint | None:
        """Return what answers the request, None when it is for no address of this API."""
        for verb, pattern, endpoint in self.routes:
            if verb == request.method and re.fullmatch(pattern, request.path):
                return endpoint
        return None
