"""Bearer tokens, and the two ways to shortable's own answers."""

from __future__ import annotations

import pytest

from shortable.server.auth import (
    Call,
    Credentials,
    check_bearer,
    check_own,
    headers_of,
    same,
    seconds_apart,
    sign_habittrade,
)

WHO = Credentials("k", "s", "t")


def call(**headers: str) -> Call:
    return Call(
        "GET", "/shortable", "", {name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("Bearer t", None),
        ("bearer  t ", None),
        ("Bearer u", 401),
        ("Bearer ", 401),
        ("t", 401),
        ("Basic t", 401),
        ("", 401),
    ],
)
def test_only_the_right_token_is_served(value: str, wanted: int | None) -> None:
    for check in (check_bearer, check_own):
        refusal = check(call(authorization=value), WHO, 0.0)
        assert (None if refusal is None else refusal.status) == wanted


def test_without_a_token_in_the_settings_no_token_is_right() -> None:
    assert check_bearer(call(authorization="Bearer t"), Credentials("k", "s"), 0.0) is not None
    assert check_bearer(call(authorization="Bearer None"), Credentials("k", "s"), 0.0) is not None


def test_shortables_own_answers_take_habittrades_signature_too_without_its_code() -> None:
    stamped = call(x_api_key="k", x_api_timestamp="1000000")
    good = call(
        **{n.replace("-", "_"): v for n, v in stamped.headers.items()},
        x_api_signature=sign_habittrade(stamped, "s"),
    )
    assert check_own(good, WHO, 1000.0) is None
    refusal = check_own(good, WHO, 2000.0)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (401, None)


def test_a_header_that_is_sent_twice_counts_as_neither() -> None:
    twice = headers_of([(b"Authorization", b"Bearer t"), (b"authorization", b"Bearer u")])
    assert check_bearer(Call("GET", "/", "", twice), WHO, 0.0) is not None


def test_comparison_takes_any_text() -> None:
    assert same("ключ", "ключ")
    assert not same("ключ", "key")
    assert not same("\udc80", "key")


def test_times_are_read_to_their_unit() -> None:
    assert seconds_apart("100.5", 100.0) == 0.5
    assert seconds_apart("100500", 100.0, milliseconds=True) == 0.5
    assert seconds_apart("100.5", 100.0, milliseconds=True) is None
    assert seconds_apart("٣", 100.0) is None  # a digit, but not one that a client sends


def test_credentials_never_show_themselves() -> None:
    assert "s3cret" not in repr(Credentials("s3cret", "s3cret", "s3cret"))
