"""HabitTrade's signature: a golden one by hand, the window, and every way of changing a request."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.server.auth import (
    SIGNATURE_CODE,
    Call,
    Credentials,
    check_habittrade,
    sign_habittrade,
)

STAMP = 1746777861334  # the document's own example
QUERY = "market=usex&security_type=stock"
CALL = Call(
    "GET", "/account/v1/positions", QUERY, {"x-api-key": "k", "x-api-timestamp": str(STAMP)}
)
WHO = Credentials("k", "s")
NOW = STAMP / 1000


def signed(call: Call = CALL, secret: str = "s") -> Call:
    return replace(call, headers={**call.headers, "x-api-signature": sign_habittrade(call, secret)})


def refused(call: Call, who: Credentials = WHO, now: float = NOW) -> bool:
    refusal = check_habittrade(call, who, now)
    assert refusal is None or (refusal.status, refusal.code) == (401, SIGNATURE_CODE)
    return refusal is not None


def test_the_signature_is_over_method_path_time_and_query() -> None:
    text = "GET|/account/v1/positions|1746777861334|market=usex&security_type=stock"
    assert sign_habittrade(CALL, "s") == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    without = replace(CALL, query="")
    text = "GET|/account/v1/positions|1746777861334|"
    assert (
        sign_habittrade(without, "s") == hmac.new(b"s", text.encode(), hashlib.sha256).hexdigest()
    )


def test_a_signed_request_is_served_in_either_case_of_its_digits() -> None:
    assert not refused(signed())
    call = signed()
    assert not refused(
        replace(
            call, headers={**call.headers, "x-api-signature": sign_habittrade(CALL, "s").upper()}
        )
    )


@pytest.mark.parametrize(
    "change",
    [{"method": "POST"}, {"path": "/account/v1/orders"}, {"query": "market=hkex"}, {"query": ""}],
)
def test_a_request_altered_after_signing_is_refused(change: dict[str, str]) -> None:
    assert refused(replace(signed(), **change))


def test_a_request_that_is_given_another_time_is_refused() -> None:
    call = signed()
    assert refused(replace(call, headers={**call.headers, "x-api-timestamp": str(STAMP + 1)}))


@pytest.mark.parametrize(
    ("apart", "wanted"), [(300.0, False), (-300.0, False), (300.001, True), (-300.001, True)]
)
def test_the_window_is_five_minutes_both_ways(apart: float, wanted: bool) -> None:
    assert refused(signed(), now=NOW + apart) is wanted


@pytest.mark.parametrize("stamp", ["", "soon", "1746777861.334", "-1", "9" * 17])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    assert refused(signed(replace(CALL, headers={"x-api-key": "k", "x-api-timestamp": stamp})))


def test_a_wrong_key_or_secret_or_a_missing_header_is_refused() -> None:
    assert refused(signed(secret="x"))
    assert refused(signed(), Credentials("other", "s"))
    assert refused(signed(), Credentials(token="t"))
    for name in ("x-api-key", "x-api-timestamp", "x-api-signature"):
        assert refused(
            replace(CALL, headers={n: v for n, v in signed().headers.items() if n != name})
        )


@given(
    st.dictionaries(
        st.sampled_from(["x-api-key", "x-api-timestamp", "x-api-signature"]), st.text(max_size=70)
    ),
    st.text(max_size=40),
)
def test_no_request_made_without_the_secret_is_served_or_breaks_the_check(
    headers: dict[str, str], query: str
) -> None:
    assert check_habittrade(
        Call("GET", "/account/v1/positions", query, headers), Credentials("k" * 20, "s" * 40), NOW
    )
