# SPDX-License-Identifier: Apache-2.0
"""Rules for HTTP client spans, above all that no credential is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from spanwright.semconv import names, spans
from spanwright.semconv._check_keys import typed as typed_value
from spanwright.semconv._check_spans import status, type_of, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spanwright.semconv._check_forms import Span
    from spanwright.semconv._check_keys import Problem

REDACTED: Final = "REDACTED"
SECRETS: Final = frozenset(
    (
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "auth",
        "auth_token",
        "authorization",
        "awsaccesskeyid",
        "client_secret",
        "id_token",
        "jwt",
        "key",
        "pass",
        "passwd",
        "password",
        "pwd",
        "refresh_token",
        "secret",
        "session_token",
        "sig",
        "signature",
        "subscription-key",
        "token",
        "x-amz-credential",
        "x-amz-security-token",
        "x-amz-signature",
        "x-goog-signature",
    ),
)
HEADERS: Final = ("authorization", "cookie", "api-key", "api_key", "token", "secret")
FAILED: Final = 400


def relevant_http(span: Span) -> bool:
    """Tell whether this is the client side of an HTTP request, written by the stable conventions."""
    here = names.HTTP_REQUEST_METHOD in span.attributes and names.URL_FULL in span.attributes
    return here and span.kind != "SERVER" and type_of(span) is None


def http(span: Span) -> Iterator[Problem]:
    """Judge an HTTP client span."""
    for key, value in span.attributes.items():
        yield from typed_value(key, value)
    yield from status(span)
    for rule, message in typed(span, spans.HTTP_CLIENT):
        if rule != "wrong-name":
            yield rule, message
    yield from _name(span)
    yield from _code(span)
    yield from secrets(span)


def secrets(span: Span) -> Iterator[Problem]:
    """Judge what could carry a credential, on any span that is ours to judge."""
    for key, value in span.attributes.items():
        # The last part is the header: `http.request.header.authorization`.
        header = key.rpartition(".")[2].lower()
        if (
            ".header." in key
            and any(word in header for word in HEADERS)
            and value not in (REDACTED, [REDACTED], (REDACTED,))
        ):
            yield "secret-header", f"{key} is recorded"
    url = span.attributes.get(names.URL_FULL)
    if isinstance(url, str):
        yield from _url(url)


def _url(url: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query)
    except ValueError:
        return
    user = parts.netloc.rpartition("@")[0]
    if user and not set(user.split(":")) <= {REDACTED}:
        yield "user-in-url", "url.full has user information"
    for name, value in pairs:
        if name.lower() in SECRETS and value != REDACTED:
            yield "secret-in-url", f"url.full shows the value of {name}"


def _name(span: Span) -> Iterator[Problem]:
    method = span.attributes.get(names.HTTP_REQUEST_METHOD)
    template = span.attributes.get(names.URL_TEMPLATE)
    first = "HTTP" if method == names.HttpMethod.OTHER else str(method)
    wanted = f"{first} {template}" if isinstance(template, str) and template else first
    if span.name != wanted:
        yield "wrong-name", f"name is {span.name!r}, not {wanted!r}"


def _code(span: Span) -> Iterator[Problem]:
    code = span.attributes.get(names.HTTP_RESPONSE_STATUS_CODE)
    if not isinstance(code, int):
        return
    if code >= FAILED and span.status != "ERROR":
        yield "http-status", f"status is {span.status} for HTTP status {code}"
