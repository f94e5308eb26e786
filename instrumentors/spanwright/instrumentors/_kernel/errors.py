# SPDX-License-Identifier: Apache-2.0
"""What is said of an exception: its type always, its text only where that cannot carry content or secrets."""

from __future__ import annotations

from typing import Any, cast

from spanwright.instrumentors._kernel import settings
from spanwright.instrumentors._kernel.redaction import redact_text
from spanwright.semconv.serial import shortened

CANCELLED = "cancelled"
_LONGEST = 512
_LONGEST_CODE = 64


def error_type(error: BaseException) -> str:
    """Return `error.type`: `cancelled` for every library's cancellation, a service's own code, else the class's name.

    The errors of AWS are told apart by their codes; most of them share one class.
    """
    if any(base.__name__ in ("CancelledError", "Cancelled") for base in type(error).__mro__):
        return CANCELLED
    policy, code = settings.current().policy, _cleaned(_answered(error, "Error", "Code"))
    return (policy.fact(code) if policy is not None and code else code) or class_name(error)


def class_name(error: BaseException) -> str:
    """Return the canonical name of an error's class."""
    kind = type(error)
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


def describe(error: BaseException, *, content: bool) -> str | None:
    """Return the status description.

    Messages of exceptions quote prompts, arguments and completions (a validation error prints its input), so they
    are written only while content is captured. Otherwise the identifiers that a provider's error carries are
    joined: `429 insufficient_quota`.
    """
    policy = settings.current().policy
    if content:
        text = _text(error)
        return shortened(redact_text(policy.text(text) if policy is not None else text), _LONGEST) or None
    found = [
        str(part)
        for part in (
            _status(error),
            _cleaned(_held(error, "code")),
            _cleaned(_held(error, "status")),
            _cleaned(_held(error, "type")),
            _cleaned(_answered(error, "Error", "Code")),
        )
        if part is not None
    ]
    said = " ".join(dict.fromkeys(found)) or None
    return policy.fact(said) if policy is not None and said else said


def _text(error: BaseException) -> str:
    try:
        return str(error)
    # An error's own text may fail, and would take the rest of what is said of it along.
    except Exception:
        return ""


def _held(error: BaseException, name: str) -> Any:
    try:
        return getattr(error, name, None)
    except Exception:
        return None


def _status(error: BaseException) -> int | None:
    status = _held(error, "status_code")
    if status is None:
        # Google's errors have the HTTP status as their code; botocore's hold the answer.
        status = _held(error, "code") or _answered(error, "ResponseMetadata", "HTTPStatusCode")
    # Some libraries write -1 where there was no HTTP status.
    return status if isinstance(status, int) and not isinstance(status, bool) and status > 0 else None


def _answered(error: BaseException, *names: str) -> Any:
    """Return what stands in the answer that botocore's errors hold as plain data under `response`."""
    found = _held(error, "response")
    for name in names:
        found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
    return found


def _cleaned(code: Any) -> str | None:
    if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
        return None
    return (
        code if code.isascii() and code.replace("_", "").replace("-", "").replace(".", "").isalnum() else None
    )
