"""Longbridge's signature: golden ones that its own SDK sent, and every way of changing a request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.server.auth import Call, Credentials, check_longbridge, sign_longbridge

HEADERS = {"x-api-key": "k", "authorization": "t", "x-timestamp": "1795268480"}
CALL = Call(
    "GET",
    "/v1/quote/short-positions/us",
    "symbol=tsla.us&last_timestamp=1795268480&count=20",
    HEADERS,
)
WHO = Credentials("k", "s", "t")
NOW = 1795268480.0


def signed(
    call: Call = CALL, secret: str = "s", names: str = "authorization;x-api-key;x-timestamp"
) -> Call:
    return replace(
        call, headers={**call.headers, "x-api-signature": sign_longbridge(call, secret, names)}
    )


def code(call: Call, who: Credentials = WHO, now: float = NOW) -> int | None:
    refusal = check_longbridge(call, who, now)
    return None if refusal is None else refusal.code


@pytest.mark.parametrize(
    ("path", "query", "hex_digest"),
    [
        (
            "/v1/quote/short-positions/us",
            "symbol=tsla.us&last_timestamp=1795268480&count=20",
            "60143bb78bcbf72388cdb3207e332b13902f0fc60ed18f5855f09a8495769821",
        ),
        (
            "/v1/quote/short-positions/hk",
            "symbol=00700.HK&last_timestamp=1795268480&count=0",
            "4a2dface8016818716d5b97785c3337e5266a42d54b3352b46c22dcd046e7367",
        ),
    ],
)
def test_the_signature_is_the_one_that_the_real_sdk_sends(
    path: str, query: str, hex_digest: str
) -> None:
    # Recorded on loopback from longbridge 5.3.0, Config.from_apikey("k", "s", "t"): key, secret and token as above.
    assert sign_longbridge(replace(CALL, path=path, query=query), "s").endswith(
        f"Signature={hex_digest}"
    )


def test_a_signed_request_is_served_and_so_is_the_same_one_again() -> None:
    assert code(signed()) is None
    assert code(signed()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"path": "/v1/quote/short-positions/hk"},
        {"query": "symbol=GME.US&last_timestamp=1795268480&count=20"},
        {"query": ""},
        {"body": b"{}"},
    ],
)
def test_a_request_altered_after_signing_is_refused(change: dict[str, object]) -> None:
    assert code(replace(signed(), **change)) == 403201


@pytest.mark.parametrize(("name", "value"), [("x-timestamp", "1795268481"), ("authorization", "u")])
def test_signed_headers_cannot_be_exchanged(name: str, value: str) -> None:
    call = signed()
    assert code(replace(call, headers={**call.headers, name: value})) == 403201


@pytest.mark.parametrize(
    ("apart", "wanted"), [(300, None), (-300, None), (301, 403201), (-301, 403201)]
)
def test_the_window_is_five_minutes_both_ways(apart: float, wanted: int | None) -> None:
    assert code(signed(), now=NOW + apart) == wanted


def test_a_wrong_secret_key_or_token_has_longbridges_own_code() -> None:
    assert code(signed(secret="x")) == 403201
    assert code(signed(replace(CALL, headers={**HEADERS, "x-api-key": "other"}))) == 403203
    assert code(signed(replace(CALL, headers={**HEADERS, "authorization": "other"}))) == 401004


def test_a_token_that_came_along_unsigned_is_refused() -> None:
    assert code(signed(names="x-api-key;x-timestamp")) == 403201


def test_without_a_token_in_the_settings_the_signature_is_enough() -> None:
    without = replace(CALL, headers={n: v for n, v in HEADERS.items() if n != "authorization"})
    assert code(signed(without, names="x-api-key;x-timestamp"), Credentials("k", "s")) is None
    assert code(signed(), Credentials("k", "s")) is None
    assert code(signed(without, names="x-api-key;x-timestamp")) == 401004


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "-5", "9" * 17, "1795268480 ", "inf"])
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    assert code(signed(replace(CALL, headers={**HEADERS, "x-timestamp": stamp}))) == 403201


@pytest.mark.parametrize(
    "header",
    [
        "",
        "HMAC-SHA256",
        "HMAC-SHA256 SignedHeaders=, Signature=",
        "HMAC-SHA256 SignedHeaders=x-timestamp, Signature=" + "0" * 64,
    ],
)
def test_a_malformed_signature_is_refused(header: str) -> None:
    assert code(replace(CALL, headers={**HEADERS, "x-api-signature": header})) == 403201


def test_a_bearer_token_needs_no_signature() -> None:
    def with_token(token: str, scheme: str = "Bearer") -> Call:
        return replace(CALL, headers={"authorization": f"{scheme} {token}"})

    assert code(with_token("t")) is None
    assert code(with_token("t", "bearer")) is None
    assert code(with_token("u")) == 401004
    assert code(with_token("")) == 401004
    assert code(with_token("t"), Credentials("k", "s")) == 401004  # no token is set: none is right


def test_nothing_at_all_is_refused_as_an_invalid_token() -> None:
    refusal = check_longbridge(replace(CALL, headers={}), WHO, NOW)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (401, 401004)


@given(
    st.dictionaries(
        st.sampled_from(["authorization", "x-api-key", "x-timestamp", "x-api-signature"]),
        st.text(max_size=90),
    ),
    st.text(max_size=40),
    st.binary(max_size=20),
)
def test_no_request_made_without_the_secret_is_served_or_breaks_the_check(
    headers: dict[str, str], query: str, body: bytes
) -> None:
    long_secret = Credentials("k" * 20, "s" * 40, "t" * 40)
    assert (
        check_longbridge(Call("GET", "/v1/x", query, headers, body), long_secret, NOW) is not None
    )
