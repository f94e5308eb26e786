# SPDX-License-Identifier: Apache-2.0
"""What the built-in rules find, and what they leave alone."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanwright.semconv.credentials import credentials
from spanwright.semconv.fields import MARK, fields, is_secret
from spanwright.semconv.mask import Mask
from spanwright.semconv.media import media
from spanwright.semconv.personal import is_account, is_card, personal

MASK = Mask([credentials, fields, personal, media], named=True, sealed=True)
BODY = "0123456789abcdef"
LETTERS = "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2"
# By rule: the pieces of what is found. Joined here, so that no scanner takes this file for a leak.
CREDENTIALS: list[tuple[str, tuple[str, ...]]] = [
    ("api_key", ("sk-", "proj-", BODY)),
    ("api_key", ("sk", "_live_", BODY)),
    ("api_key", ("gh", "p_", BODY)),
    ("api_key", ("github_", "pat_", BODY)),
    ("api_key", ("xox", "b-1234-", BODY)),
    ("api_key", ("h", "f_", LETTERS)),
    ("api_key", ("gs", "k_", BODY)),
    ("cloud_key", ("AK", "IA", "ABCDEFGHIJKLMNOP")),
    ("cloud_key", ("AI", "za", LETTERS)),
    ("jwt", ("ey", "JhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxIn0.", "c2lnbmF0dXJl")),
    ("bearer_token", ("Bear", "er ", BODY)),
    ("basic_auth", ("Bas", "ic ", "dXNlcjpwYXNzd29yZA==")),
    ("private_key", ("-----BEGIN RSA PRIVATE ", "KEY-----\nMIIEabc+/=\n", "-----END RSA PRIVATE KEY-----")),
    ("private_key", ("-----BEGIN PRIVATE ", "KEY-----\\nMIIEabc", "")),
]
PERSONAL = [
    ("email", "me.too+tag@mail.example.co.uk"),
    ("email", "žofie@příklad.example"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "378282246310005"),
    ("card", "5555555555554444"),
    ("phone", "+49 151 2345-6789"),
    ("phone", "+15551234567"),
    ("phone", "(212) 555-0123"),
    ("phone", "212-555-0123"),
    ("phone", "030 1234567"),
    ("phone", "01 23 45 67 89"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "GB29NWBK60161331926819"),
]
AROUND = [
    "{}",
    "see {}.",
    "({})",
    "'{}'",
    '"{}"',
    "a\n{}\nb",
    "a\\n{}",
    "x={};",
    "<{}>",
    "天{}気",
    "a, {}, b",
]
HARMLESS = [
    "Bearer of bad news, basic understanding, a token of thanks, the key to it, risk-adjusted-returns-of-the-year",
    "max_tokens=100, top_k: 5, monkey=1, keyboard: qwerty, tokens: 12, secretary: Ann",
    "2024-08-06 12:30:00.123456, 127.0.0.1, 1,000,000.00, 3.14159265358979, 01-02-2024, 10.1000/182",
    "550e8400-e29b-41d4-a716-446655440000 chatcmpl-abc123 gpt-4o-mini-2024-07-18 text-embedding-3-small",
    "4111111111111112 0000000000000000 1700000000000000000 @home a@b user@localhost GB29NWBK60161331926818",
    "https://example.com/a/b?page=2&sort=key#part git@", "data:,hello", "-----BEGIN CERTIFICATE-----", "://@",
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("rule", "pieces"), CREDENTIALS, ids=range(len(CREDENTIALS)))
def test_a_credential_is_replaced_whatever_is_around_it(
    rule: str, pieces: tuple[str, ...], around: str
) -> None:
    found = "".join(pieces)
    shown = credentials(around.format(found))
    assert f"[redacted:{rule}]" in shown
    assert pieces[-1] not in shown or not pieces[-1]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("rule", "found"), PERSONAL)
def test_personal_data_is_replaced_and_nothing_else(rule: str, found: str, around: str) -> None:
    shown = personal(around.format(found))
    # Letters of any script may stand in an address.
    assert shown == around.format(f"[redacted:{rule}]") or (rule == "email" and found not in shown)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_none_stays(text: str) -> None:
    assert MASK.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "password: hunter2",
        "MY_DB_PASSWORD = hunter2",
        '"api_key": "hunter2"',
        "'secret': 'hunter2'",
        '{\\"token\\": \\"hunter2\\"}',
        "Authorization: hunter2 x",
        "X-Api-Key: hunter2",
        "Cookie: a=hunter2; b=hunter2",
        "https://h.test/?a=1&sig=hunter2&b=2",
        "https://h.test/?key=hunter2",
        "AccountKey=hunter2;",
        "aws_secret_access_key=hunter2",
        '"password": "a\\"b hunter2"',
        '{"password": "hunter2',
    ],
)
def test_a_value_is_replaced_by_the_name_before_it(text: str) -> None:
    shown = MASK.text(text)
    assert MARK in shown
    assert "hunter2" not in shown


def test_user_and_password_of_an_address_are_replaced() -> None:
    assert credentials("postgres://me:hunter2@db/x") == "postgres://[redacted:url_credentials]@db/x"


@pytest.mark.parametrize(
    "name", ["password", "PASSWORD", "api_key", "apiKey", "X-Api-Key", "openai_api_key", "Authorization", "access_token"]
)  # fmt: skip
def test_a_name_tells_a_secret(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "keyword", "author", "passenger", "secretary", "key", "name", ""]
)
def test_a_name_tells_none(name: str) -> None:
    assert not is_secret(name)


@given(st.integers(0, 10**14 - 1))
def test_of_ten_last_digits_one_makes_a_card(number: int) -> None:
    numbers = [f"4{number:014}{digit}" for digit in range(10)]
    assert len([found for found in numbers if is_card(found)]) == 1


@given(st.integers(0, 10**18 - 1))
def test_of_a_hundred_check_digits_one_or_two_make_an_account(number: int) -> None:
    assert len([check for check in range(100) if is_account(f"DE{check:02}{number:018}")]) in (1, 2)


@given(st.text())
def test_any_text_passes_every_rule(text: str) -> None:
    MASK.text(text)


@given(st.text(alphabet=st.sampled_from("a@.-0159 +()\\\"'=:{}[]sk_eyJ?&BearDE\n"), max_size=80))
def test_what_has_passed_passes_again_unchanged(text: str) -> None:
    once = personal(credentials(text))
    assert personal(credentials(once)) == once


@given(st.text(), st.sampled_from(CREDENTIALS), st.text())
def test_a_credential_between_any_words_is_found(before: str, found: Any, after: str) -> None:
    secret = "".join(found[1])
    assert secret not in credentials(f"{before} {secret} {after}")


# --- values


LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz"), inner)
)


@given(VALUES)
def test_a_value_without_secrets_comes_back_equal(value: Any) -> None:
    assert Mask([personal], named=True).value(value) == value


@given(VALUES, st.sampled_from(["password", "api_key", "Authorization"]))
def test_json_as_text_stays_json_and_loses_what_its_keys_tell(value: Any, name: str) -> None:
    shown = MASK.text(json.dumps({"kept": value, "inner": [{name: "hunter2"}]}))
    assert json.loads(shown)["inner"] == [{name: MARK}]


def test_a_caller_s_value_is_left_as_it_is() -> None:
    value = {"password": "hunter2", "list": [{"token": "hunter2"}]}
    MASK.value(value)
    assert value == {"password": "hunter2", "list": [{"token": "hunter2"}]}


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2"},
        {"password": {"deep": ["hunter2"]}},
        {"headers": [["Authorization", "hunter2"]]},
        {"headers": [{"name": "x-api-key", "value": "hunter2"}]},
        {"json": json.dumps({"in": json.dumps({"token": "hunter2"})})},
        '{"token": "hunter2", "token": "hunter2"}',
        [{"a": ({"secret": "hunter2"},)}],
        {"password": 4111111111111111, "hunter": "2"},
    ],
)
def test_a_secret_in_a_value_is_found_by_its_name(value: Any) -> None:
    shown = str(MASK.value(value))
    assert MARK in shown
    assert [word for word in ("hunter2", "4111") if word in shown] == []


def test_a_card_s_number_that_is_a_number_is_found() -> None:
    assert MASK.value({"n": 4111111111111111, "t": 1700000000000000000}) == {
        "n": "[redacted:card]",
        "t": 1700000000000000000,
    }


def test_a_secret_in_a_key_is_found() -> None:
    assert MASK.value({"me@example.com": 1}) == {"[redacted:email]": 1}


def test_a_schema_keeps_its_fields_and_loses_its_examples() -> None:
    field = {"type": "string", "description": "the password", "default": "hunter2", "examples": ["hunter2"]}
    schema = {"type": "object", "properties": {"password": field}, "required": ["password", "user"]}
    shown = MASK.value(schema, schema=True)
    assert shown["required"] == ["password", "user"]
    assert shown["properties"]["password"] == {**field, "default": MARK, "examples": MARK}


def test_a_value_that_holds_itself_ends() -> None:
    value: list[Any] = ["me@example.com"]
    value.append(value)
    assert MASK.value(value)[0] == "[redacted:email]"


@pytest.mark.parametrize("form", ["data:image/png;base64,{}", "x data:image/png;charset=x;base64,{} y"])
def test_media_in_a_text_is_told_by_type_size_and_digest(form: str) -> None:
    data = base64.b64encode(b"picture" * 20).decode()
    shown = MASK.text(form.format(data))
    assert data not in shown
    assert "[redacted:media image/png, 140 bytes, sha256 " in shown


def test_media_among_fields_is_told_by_type_size_and_digest() -> None:
    data = base64.b64encode(b"picture" * 20).decode()
    shown = MASK.value([{"type": "image", "mimeType": "image/png", "data": data}])
    assert shown[0]["data"].startswith("[redacted:media image/png, 140 bytes, sha256 ")


def test_an_address_keeps_its_origin() -> None:
    url = "https://h.test/a/me%40example.com/b?mail=me@example.com&page=2"
    assert MASK.url(url) == "https://h.test/a/[redacted:email]/b?mail=[redacted:email]&page=2"


@pytest.mark.parametrize(
    "url", ["https://h.test", "https://h.test/", "https://h.test/a%20b?c=%7B%7D", "/a?b=c", ""]
)
def test_an_address_without_secrets_stays(url: str) -> None:
    assert MASK.url(url) == url
