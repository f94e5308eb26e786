# SPDX-License-Identifier: Apache-2.0
"""Which provider LiteLLM asks and where: guessed from the call, and settled once the library has found out itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from spanwright.instrumentors._dialects.litellm_names import named
from spanwright.instrumentors._dialects.wire import fields, string
from spanwright.instrumentors._families.servers import Servers

if TYPE_CHECKING:
    from spanwright.instrumentors._kernel.operation import Operation

_ADDRESSES = 256


@dataclass(slots=True)
class Asked:
    """What is known of whom a call asks.

    `logging` is the library's own record of the call, which it fills; not with the address of a client that the caller
    has handed over (`fixed`).
    """

    model: str | None
    provider: str
    address: str | None
    port: int | None
    logging: Any
    fixed: bool


def asked(body: dict[str, Any]) -> Asked:
    """Read the arguments of a call: `provider/model`, or a model that the library has a price for."""
    library: Any = sys.modules.get("litellm")
    model = string(body.get("model"))
    name = string(body.get("custom_llm_provider"))
    prefix, slash, rest = (model or "").partition("/")
    if slash and (prefix == name or prefix in getattr(library, "provider_list", ())):
        model, name = rest, name or prefix
    elif name is None and model is not None:
        priced = fields(getattr(library, "model_cost", None)).get(model)
        name = string(fields(priced).get("litellm_provider"))
    handed = fields(body.get("client")).get("_base_url")
    address, port = place(handed or body.get("api_base") or body.get("base_url"))
    return Asked(
        model, named(name, address), address, port, body.get("litellm_logging_obj"), handed is not None
    )


def settled(told: Asked, operation: Operation) -> None:
    """Correct what the operation says by what the library has found out, over the guess of the SDK beneath."""
    told.logging, logging = None, told.logging
    details: Any = getattr(logging, "model_call_details", None)
    if isinstance(details, dict):
        read = cast("dict[str, Any]", details).get
        address, port = place(
            fields(read("additional_args")).get("api_base") or fields(read("litellm_params")).get("api_base")
        )
        if address is not None and not told.fixed:
            told.address, told.port = address, port
        name = string(read("custom_llm_provider"))
        if name is not None:
            told.provider = named(name, told.address)
    subject: Any = operation.subject
    if told.address is not None and subject.address is None:
        subject.address, subject.port, operation.changed = told.address, told.port, True
    if subject.provider != told.provider:
        subject.provider, operation.changed = told.provider, True


def place(base: Any) -> tuple[str | None, int | None]:
    """Return host and port of a base address, which may be a text or an HTTP library's object."""
    return _parsed(str(base)) if base is not None and base != "" else (None, None)


@lru_cache(_ADDRESSES)
def _parsed(base: str) -> tuple[str | None, int | None]:
    try:
        server = Servers("").of(None, base)
    except ValueError:
        return None, None
    return server.address, server.port
