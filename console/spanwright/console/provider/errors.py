# SPDX-License-Identifier: Apache-2.0
"""Error answers, with the bodies and headers of the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanwright.console.provider.request import Answer, whole_answer

if TYPE_CHECKING:
    from spanwright.console.provider.shape import Json

# Status -> message, type, code. The texts are our own.
_BODIES: dict[int, tuple[str, str, str | None]] = {
    400: ("The request is not valid.", "invalid_request_error", None),
    401: (
        "Incorrect API key provided: invalid-key. You can find your API key in your account settings.",
        "invalid_request_error",
        "invalid_api_key",
    ),
    403: ("The project does not have access to this model.", "invalid_request_error", "model_not_found"),
    404: (
        "The model does not exist or you do not have access to it.",
        "invalid_request_error",
        "model_not_found",
    ),
    409: ("The resource is being changed by another request.", "invalid_request_error", None),
    422: ("The request could not be processed.", "invalid_request_error", None),
    429: ("Rate limit reached for requests. Please try again in 1ms.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request.", "server_error", None),
    503: ("The model is overloaded. Please try again later.", "server_error", "service_unavailable"),
}


def error_answer(status: int, *, azure: bool = False, message: str = "", model: str = "") -> Answer:
    """The answer with this status; those that are worth a retry say how long to wait: a millisecond."""
    told, kind, code = _BODIES.get(status, ("The request failed.", "server_error", None))
    if status == 404 and model:  # noqa: PLR2004 - an HTTP status is its own name
        told = f"The model `{model}` does not exist or you do not have access to it."
    retryable = status in (408, 409, 429) or status >= 500  # noqa: PLR2004 - as above
    headers = {"retry-after-ms": "1", "retry-after": "0"} if retryable else {}
    if azure and status in (401, 404):
        return whole_answer(_azure_body(status), status)
    return whole_answer(error_body(message or told, kind, code=code), status, headers)


def error_body(message: str, kind: str, *, param: str | None = None, code: str | None = None) -> Json:
    """The body of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def invalid(message: str, param: str | None = None, code: str | None = None) -> Answer:
    """The answer to a request that is not valid."""
    return whole_answer(error_body(message, "invalid_request_error", param=param, code=code), 400)


def missing(param: str) -> Answer:
    """The answer to a request that lacks a parameter."""
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unknown_url(method: str, path: str) -> Answer:
    """The answer to a request for an address that the provider does not have."""
    return whole_answer(error_body(f"Invalid URL ({method} {path})", "invalid_request_error"), 404)


def not_found(message: str, param: str = "id") -> Answer:
    """The answer to a request for an object that does not exist."""
    return whole_answer(error_body(message, "invalid_request_error", param=param), 404)


def _azure_body(status: int) -> Json:
    if status == 401:  # noqa: PLR2004 - an HTTP status is its own name
        return {
            "error": {
                "code": "401",
                "message": "Access denied: the subscription key or the endpoint is wrong.",
            }
        }
    return {
        "error": {
            "type": "invalid_request_error",
            "code": "DeploymentNotFound",
            "message": "The API deployment for this resource does not exist.",
        }
    }
