# SPDX-License-Identifier: Apache-2.0
"""What is said of an exception, and what never leaves the process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.instrumentors._kernel.errors import describe, error_type
from spanwright.instrumentors._kernel.redaction import REDACTED, redact_text, redact_url

SECRET = "hidden-in-plain-sight"
PARAMETERS = [
    "key",
    "api_key",
    "apikey",
    "access_token",
    "token",
    "sig",
    "Signature",
    "code",
    "X-Amz-Credential",
]


class Refused(Exception):
    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args)
        vars(self).update(fields)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError(), "ValueError"),
        (Refused(), f"{Refused.__module__}.Refused"),
        (Refused(response={"Error": {"Code": "ThrottlingException"}}), "ThrottlingException"),
        (Refused(response={"Error": {"Code": "not a code"}}), f"{Refused.__module__}.Refused"),
        (Refused(response={"Error": "odd"}), f"{Refused.__module__}.Refused"),
        (asyncio.CancelledError(), "cancelled"),
        (type("Cancelled", (BaseException,), {"__module__": "anyio"})(), "cancelled"),
        (asyncio.TimeoutError(), "TimeoutError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_an_error_has_a_type(error: BaseException, name: str) -> None:
    assert error_type(error).endswith(name)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, None),
        (
            {"status_code": 429, "code": "insufficient_quota", "type": "insufficient_quota"},
            "429 insufficient_quota",
        ),
        ({"code": 429, "status": "RESOURCE_EXHAUSTED"}, "429 RESOURCE_EXHAUSTED"),
        ({"code": 502, "status": "Bad Gateway of the prompt"}, "502"),
        ({"status_code": True, "code": None}, None),
        ({"code": "the prompt: what is my diagnosis?"}, None),
        ({"code": "a" * 65}, None),
        ({"code": "žluť"}, None),
        ({"type": "invalid_request_error", "status_code": "400"}, "invalid_request_error"),
        (
            {"response": {"Error": {"Code": "Throttled"}, "ResponseMetadata": {"HTTPStatusCode": 429}}},
            "429 Throttled",
        ),
    ],
)
def test_without_content_only_identifiers_are_said(fields: dict[str, Any], said: str | None) -> None:
    assert describe(Refused("the prompt", **fields), content=False) == said


def test_with_content_the_text_is_said_without_secrets() -> None:
    error = Refused(f"GET https://127.0.0.1/?key={SECRET} failed")
    assert describe(error, content=True) == f"GET https://127.0.0.1/?key={REDACTED} failed"


def test_of_a_long_text_head_and_tail_are_said() -> None:
    said = describe(Refused("head" + "x" * 5_000 + "tail"), content=True) or ""
    assert (said[:4], said[-4:], len(said) <= 512) == ("head", "tail", True)


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("case", [str.lower, str.upper, lambda name: name])
def test_a_secret_parameter_is_redacted(name: str, case: Any) -> None:
    assert SECRET not in redact_url(f"https://127.0.0.1/path?a=1&{case(name)}={SECRET}&b=2")


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/path?page=2&sort=key", "https://127.0.0.1/?monkey=1", "/key=x/y"]
)
def test_what_is_no_secret_stays(url: str) -> None:
    assert redact_url(url) == url


def test_user_information_is_redacted() -> None:
    assert redact_url(f"https://me:{SECRET}@127.0.0.1/") == f"https://{REDACTED}:{REDACTED}@127.0.0.1/"


@pytest.mark.parametrize(
    "text", [f"Authorization: Bearer {SECRET}", f"'api_key={SECRET}'", f"Basic {SECRET}"]
)
def test_a_secret_in_a_text_is_redacted(text: str) -> None:
    assert SECRET not in redact_text(text)


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    redact_text(text)


def test_an_error_whose_text_fails_is_still_ended_as_an_error(
    telemetry: Any, recorder: Any, lax: None
) -> None:
    from kernel.fake import inference
    from spanwright.instrumentors._kernel.operation import open_operation

    telemetry.settings = type(telemetry.settings)(content_on_spans=True)
    operation = open_operation(telemetry, inference())
    assert operation is not None
    operation.fail(Unspeakable())
    assert recorder.attributes()["error.type"].endswith("Unspeakable")
    assert not recorder.one().status.is_ok
