# SPDX-License-Identifier: Apache-2.0
"""Secrets taken out of addresses and texts: query parameters by name, user-info, bearer tokens and known key forms."""

from __future__ import annotations

import re
from functools import lru_cache

REDACTED = "REDACTED"
# The names that carry credentials in the field: API keys, OAuth codes and tokens, signed addresses of the clouds.
SECRET_PARAMETERS = (
    "key",
    "api_key",
    "api-key",
    "apikey",
    "x-api-key",
    "subscription-key",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "auth",
    "auth_token",
    "authorization",
    "client_secret",
    "secret",
    "password",
    "passwd",
    "pwd",
    "credential",
    "sig",
    "signature",
    "code",
    "session_token",
    "AWSAccessKeyId",
    r"X-Goog-[\w-]+",
    r"X-Amz-[\w-]+",
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = "|".join(SECRET_PARAMETERS)
    return (
        re.compile(rf"((?:^|[?&;#\s\"'])(?:{names})=)[^&;#\s\"'<>]*", re.IGNORECASE),
        re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/?#\s@]*@", re.IGNORECASE),
        re.compile(r"\b((?:Bearer|Basic|token)\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
        re.compile(r"\b(?:sk|pk|rk|xai|gsk|hf|ghp|AIza|AKIA)[-_]?[\w-]{12,}"),
    )


# One of these stands in every secret parameter's name; looking for them costs a tenth of the pattern.
_WORDS = ("key", "token", "auth", "secret", "pass", "pwd", "cred", "sig", "code", "x-goog-", "x-amz-")


def _is_suspect(text: str) -> bool:
    lowered = text.lower()
    for word in _WORDS:  # noqa: SIM110 - `any` over a generator takes three times the time, at every request
        if word in lowered:
            return True
    return False


def redact_url(url: str) -> str:
    """Return an address (or its query alone) without user-info and without the values of secret parameters."""
    parameters, userinfo, _, _ = _patterns()
    if "@" in url:
        url = userinfo.sub(rf"\1{REDACTED}:{REDACTED}@", url)
    return parameters.sub(rf"\1{REDACTED}", url) if "=" in url and _is_suspect(url) else url


def redact_text(text: str) -> str:
    """Return free text (of an exception, say) without secrets that stand in it."""
    _, _, bearer, keys = _patterns()
    return keys.sub(REDACTED, bearer.sub(rf"\1{REDACTED}", redact_url(text)))
