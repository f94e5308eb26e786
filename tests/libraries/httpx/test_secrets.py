# SPDX-License-Identifier: Apache-2.0
"""No credential is ever in what is exported, wherever the application has put it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spanwright.instrumentors.httpx import HttpxInstrumentor

if TYPE_CHECKING:
    from harness import Recorder

NAMES = [
    "key",
    "api_key",
    "apikey",
    "access_token",
    "token",
    "sig",
    "X-Goog-Signature",
    "X-Amz-Credential",
    "code",
]


@pytest.fixture(autouse=True)
def instrumented(recorder: Recorder) -> None:
    recorder.instrument(
        HttpxInstrumentor(), OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT"
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_parameter_is_redacted(recorder: Recorder, road: Any, server: Any, name: str) -> None:
    road.get(f"{server.url}/ok?page=2&{name}=S3CRET&model=m")
    assert recorder.attributes()["url.full"] == f"{server.url}/ok?page=2&{name}=REDACTED&model=m"
    assert "S3CRET" not in recorder.everything()
    assert server.requests[0][1] == f"/ok?page=2&{name}=S3CRET&model=m"


def test_user_info_is_redacted(recorder: Recorder, road: Any, server: Any) -> None:
    answer = road.get(f"http://user:S3CRET@127.0.0.1:{server.port}/basic")
    assert answer.status_code == 200
    assert recorder.attributes()["url.full"] == f"http://REDACTED:REDACTED@127.0.0.1:{server.port}/basic"
    assert "S3CRET" not in recorder.everything()


def test_no_header_is_written(recorder: Recorder, road: Any, server: Any) -> None:
    road.get(f"{server.url}/headers", headers={"Authorization": "Bearer S3CRET", "x-api-key": "S3CRET"})
    assert "S3CRET" not in recorder.everything()
    assert not [key for key in recorder.attributes() if "header" in key]


def test_the_text_of_an_error_is_redacted(recorder: Recorder, road: Any) -> None:
    def fail(request: Any) -> Any:
        text = f"cannot reach https://user:S3CRET@gateway.test/?api_key=S3CRET with Bearer S3CRETS3CRET: {request}"
        raise road.library.ConnectError(text, request=request)

    with pytest.raises(road.library.ConnectError, match="S3CRET"):
        road.get("http://gateway.test/", {"transport": road.library.MockTransport(fail)})
    assert str(recorder.one().status.description).startswith(
        "cannot reach https://REDACTED:REDACTED@gateway.test/"
    )
    assert "S3CRET" not in recorder.everything()


def test_secrets_in_a_redirect_are_redacted(recorder: Recorder, road: Any) -> None:
    def answer(request: Any) -> Any:
        if "key" in dict(request.url.params):
            return road.library.Response(200)
        return road.library.Response(302, headers={"location": "/?key=S3CRET"})

    options = {"transport": road.library.MockTransport(answer)}
    road.get("http://gateway.test/", options, follow_redirects=True)
    assert [str((span.attributes or {})["url.full"]) for span in recorder.spans] == [
        "http://gateway.test/",
        "http://gateway.test/?key=REDACTED",
    ]


def test_the_body_is_never_written(recorder: Recorder, road: Any, server: Any) -> None:
    road.request("POST", f"{server.url}/ok", json={"messages": "S3CRET"})
    assert "S3CRET" not in recorder.everything()
