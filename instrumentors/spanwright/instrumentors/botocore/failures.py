# SPDX-License-Identifier: Apache-2.0
"""What the caller of a body sees when its raw stream fails: botocore turns these errors into its own."""

from __future__ import annotations

from importlib import import_module

# Names of the classes that botocore and aiobotocore catch, in that order, and where what they raise for it stands.
_TOLD = {
    "ReadTimeoutError": ("botocore.exceptions", "ReadTimeoutError"),
    "ProtocolError": ("botocore.exceptions", "ResponseStreamingError"),
    "ReadTimeout": ("aiobotocore.response", "AioReadTimeoutError"),
    "NetworkError": ("botocore.exceptions", "ResponseStreamingError"),
    "RemoteProtocolError": ("botocore.exceptions", "ResponseStreamingError"),
    "TimeoutError": ("aiobotocore.response", "AioReadTimeoutError"),
    "ClientConnectionError": ("botocore.exceptions", "ResponseStreamingError"),
}


def told(error: BaseException) -> BaseException:
    """Return the error as the caller gets it."""
    names = {base.__name__ for base in type(error).__mro__}
    for name, (module, raised) in _TOLD.items():
        if name in names:
            made: BaseException = getattr(import_module(module), raised)(endpoint_url=None, error=error)
            return made
    return error


def incomplete(actual: int, expected: int) -> BaseException:
    """Return the error of a body that ended before its announced length."""
    made: BaseException = import_module("botocore.exceptions").IncompleteReadError(
        actual_bytes=actual, expected_bytes=expected
    )
    return made
