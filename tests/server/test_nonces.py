"""A signed request is answered once: the memory against a slow model, and the server as a whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shortable.server.auth import WINDOW, Call, habittrade_nonce
from shortable.server.nonces import Nonces

from .client import Client, habittrade_headers, longbridge_headers


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5), st.integers(0, 6)), max_size=40),
    st.integers(1, 4),
)
def test_against_a_slow_model(uses: list[tuple[str, int, int]], most: int) -> None:
    nonces, now, model = Nonces(most), 0.0, dict[str, float]()
    for nonce, pause, good_for in uses:
        now += pause
        model = {n: until for n, until in model.items() if until >= now}
        wanted = "used" if nonce in model else "full" if len(model) >= most else "new"
        if wanted == "new":
            model[nonce] = now + good_for
        assert nonces.take(nonce, until=now + good_for, now=now) == wanted
        assert len(nonces) == len(model)


def test_it_is_remembered_for_as_long_as_its_time_is_good() -> None:
    call = Call("GET", "/", "", {"x-api-signature": "ab", "x-api-timestamp": "1700000000000"})
    assert habittrade_nonce(call) == ("ab", 1_700_000_000 + WINDOW)
    assert habittrade_nonce(Call("GET", "/", "", {"authorization": "Bearer x"})) is None


def test_a_request_that_is_sent_again_is_refused_whatever_its_letters(client: Client) -> None:
    for path in ("/account/v1/positions", "/shortable"):
        headers = habittrade_headers(path)
        assert client.get(path, headers=headers).status_code != 401
        again = client.get(path, headers=headers)
        assert again.status_code == 401
        assert "answered before" in again.json()["message"]
        upper = headers | {"X-API-Signature": headers["X-API-Signature"].upper()}
        assert client.get(path, headers=upper).status_code == 401
        assert client.get(path, headers=habittrade_headers(path)).status_code != 401
    assert client.get("/account/v1/positions", headers=habittrade_headers("/x")).status_code == 401


def test_a_request_that_was_refused_uses_nothing_up(client: Client) -> None:
    path = "/account/v1/positions"
    headers = habittrade_headers(path)
    assert client.get(path, headers=headers | {"X-API-Key": "other"}).status_code == 401
    assert client.get(path, headers=headers).status_code != 401


def test_longbridges_scheme_counts_seconds_and_cannot_tell_two_requests_apart(
    client: Client,
) -> None:
    path = "/v1/quote/short-positions/us"
    query = "symbol=TSLA.US&count=20"
    headers = longbridge_headers(path, query)
    answers = [client.get(f"{path}?{query}", headers=headers).status_code for _ in range(2)]
    assert answers[0] == answers[1] != 403
