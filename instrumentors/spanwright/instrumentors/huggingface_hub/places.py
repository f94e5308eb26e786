# SPDX-License-Identifier: Apache-2.0
"""Where a request goes: host, port, and the provider behind Hugging Face's router, which the path names."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from spanwright.instrumentors._families.servers import Server
from spanwright.semconv import hosts
from spanwright.semconv.names import ProviderName

_OWN = "huggingface"
# The providers' names in this SDK where the conventions, or the style of other names, have another one.
_NAMES = {
    "auto": _OWN,
    "hf-inference": _OWN,
    "cohere": ProviderName.COHERE,
    "fireworks-ai": "fireworks",
    "groq": ProviderName.GROQ,
    "openai": ProviderName.OPENAI,
    "together": "together_ai",
    "zai-org": "z_ai",
}
_ROUTERS = ("/api/inference-proxy/", "/")
_HTTPS, _HTTP = 443, 80


@lru_cache(maxsize=256)
def place(url: str, model: str, chosen: str) -> Server:
    """Return the server at `url`; `model` is the model's name or address, `chosen` the application's provider."""
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname or None, parsed.port
    except ValueError:
        return Server(None, None, _OWN)
    if port is None and host is not None:
        port = _HTTP if parsed.scheme == "http" else _HTTPS
    return Server(host, port, _provider(host, parsed.path, model, chosen))


def _provider(host: str | None, path: str, model: str, chosen: str) -> str:
    known = hosts.provider(host)
    if known == _OWN or host == "huggingface.co":
        prefix = next((each for each in _ROUTERS if path.startswith(each)), "")
        name = path.removeprefix(prefix).partition("/")[0]
        return _OWN if name in ("", "v1", "models") else _named(name)
    if known is not None:
        return known
    # A server that is called by its address serves a model with Hugging Face's own software.
    return _OWN if model.startswith(("http://", "https://")) else _named(chosen)


def _named(name: str) -> str:
    return _NAMES.get(name, name.replace("-", "_"))
