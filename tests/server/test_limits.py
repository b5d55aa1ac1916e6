"""The rate limit against a slow model, and the sizes of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.server.guard import MAX_BODY, MAX_HEADERS, MAX_QUERY, RateLimit

from .client import Client


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
    st.sampled_from([0.5, 2.0, 10.0]),
    st.sampled_from([1.0, 5.0]),
)
def test_no_span_of_time_lets_more_through_than_burst_and_rate(
    pauses: list[float], rate: float, burst: float
) -> None:
    now = [0.0]
    limit = RateLimit(rate, burst, lambda: now[0])
    granted = []
    for pause in pauses:
        now[0] += pause
        wait = limit.wait("one")
        if wait == 0.0:
            granted.append(now[0])
        else:
            assert 0 < wait <= 1 / rate + 1e-9
    for i, start in enumerate(granted):
        for n, end in enumerate(granted[i:], 1):
            assert n <= burst + rate * (end - start) + 1e-6


def test_after_the_wait_that_was_told_the_next_request_is_let_through() -> None:
    now = [0.0]
    limit = RateLimit(4.0, 2.0, lambda: now[0])
    assert [limit.wait("a") for _ in range(3)] == [0.0, 0.0, 0.25]
    now[0] = 0.25
    assert limit.wait("a") == 0.0


@pytest.mark.parametrize(("rate", "at_once"), [(0.001, 1), (0.5, 1), (1.0, 2), (50.0, 100)])
def test_by_default_two_seconds_worth_may_come_at_once(rate: float, at_once: int) -> None:
    limit = RateLimit(rate, clock=lambda: 0.0)
    assert [limit.wait("a") == 0.0 for _ in range(at_once + 1)] == [True] * at_once + [False]


def test_callers_do_not_share_and_are_forgotten_when_there_are_many() -> None:
    limit = RateLimit(1.0, 1.0, lambda: 0.0)
    for i in range(25_000):
        assert limit.wait(str(i)) == 0.0
    assert len(limit._buckets) <= 10_000
    assert limit.wait("24999") > 0


def test_without_a_rate_nothing_waits_or_is_kept() -> None:
    limit = RateLimit(None)
    assert all(limit.wait("a") == 0.0 for _ in range(100))
    assert not limit._buckets


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/shortable", "error"),
        ("/v1/asset/stock", "code"),
        ("/account/v1/positions", "code"),
        ("/api/v1.0/accounts/1/positions", "errcode"),
    ],
)
def test_what_is_too_large_is_refused_in_the_faces_own_words(
    open_client: Client, path: str, key: str
) -> None:
    body = open_client.ask("POST", path, content=b"x" * (MAX_BODY + 1))
    query = open_client.get(f"{path}?q={'x' * MAX_QUERY}")
    headers = open_client.get(path, headers={"x-much": "x" * MAX_HEADERS})
    assert [r.status_code for r in (body, query, headers)] == [413, 414, 431]
    assert all(key in r.json() for r in (body, query, headers))


def test_a_body_that_does_not_say_its_length_is_counted_as_it_comes(open_client: Client) -> None:
    async def pieces():
        for _ in range(MAX_BODY // 1024 + 1):
            yield b"x" * 1024

    assert open_client.ask("POST", "/shortable", content=pieces()).status_code == 413


def test_a_body_of_the_allowed_size_is_read_and_then_the_method_refused(
    open_client: Client,
) -> None:
    answer = open_client.ask("POST", "/shortable", content=b"x" * MAX_BODY)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
