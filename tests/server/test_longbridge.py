"""Longbridge's API: what its clients ask, in every spelling, and what they get."""

from __future__ import annotations

import pytest

from .client import Client, bearer, longbridge_headers

US, HK = "/v1/quote/short-positions/us", "/v1/quote/short-positions/hk"


def rows(client: Client, url: str) -> list[dict[str, str]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["code"], body["message"]) == (0, "success")
    return body["data"]["data"]


def test_the_newest_twenty_rows_oldest_first_all_values_text(open_client: Client) -> None:
    found = rows(open_client, f"{US}?symbol=TSLA.US")
    assert len(found) == 20
    stamps = [int(row["timestamp"]) for row in found]
    assert stamps == sorted(stamps)
    # The 25th row: 3,400 short, 500 a day, 6.8 days; midnight of 2021-01-15 in New York is 05:00Z: 1610686800.
    assert found[-1] == {
        "timestamp": "1610686800",
        "current_shares_short": "3400",
        "avg_daily_share_volume": "500",
        "days_to_cover": "6.80",
        "rate": "",
        "close": "",
    }


@pytest.mark.parametrize(("asked", "got"), [("1", 1), ("20", 20), ("25", 25), ("100", 25)])
def test_count_is_how_many(open_client: Client, asked: str, got: int) -> None:
    for name in ("count", "page_size"):
        assert len(rows(open_client, f"{US}?symbol=TSLA.US&{name}={asked}")) == got


@pytest.mark.parametrize("asked", ["0", "101", "1000", "-1", "many", ""])
def test_a_count_outside_the_documented_range_is_a_bad_request(
    open_client: Client, asked: str
) -> None:
    answer = open_client.get(f"{US}?symbol=TSLA.US&count={asked}")
    assert answer.status_code == 400
    assert answer.json()["code"] != 0
    assert "count" in answer.json()["message"]


@pytest.mark.parametrize("name", ["TSLA.US", "tsla.us", "TSLA"])
def test_symbols_come_in_any_case(open_client: Client, name: str) -> None:
    answer = open_client.get(f"{US}?symbol={name}&count=1").json()
    assert answer["data"]["counter_id"] == "ST/US/TSLA"
    assert len(answer["data"]["data"]) == 1


def test_older_clients_send_a_counter(open_client: Client) -> None:
    assert (
        len(rows(open_client, f"{US}?counter_id=ST/US/TSLA&last_timestamp=0&page_size=100")) == 25
    )
    assert open_client.get(f"{US}?counter_id=ETF/US/SPY").json()["data"] == {
        "counter_id": "ETF/US/SPY",
        "data": [],
    }
    assert len(rows(open_client, f"{HK}?counter_id=ST/HK/700")) == 1


@pytest.mark.parametrize("name", ["700.HK", "00700.HK", "00700.hk"])
def test_hong_kong_rows(open_client: Client, name: str) -> None:
    # Midnight of 2022-12-02 in Hong Kong is 2022-12-01T16:00Z: 1669910400. 13,593,878,144 HKD / 45,925,264 = 296.
    assert rows(open_client, f"{HK}?symbol={name}") == [
        {
            "timestamp": "1669910400",
            "amount": "45925264",
            "balance": "13593878144",
            "cost": "296.000",
            "rate": "",
        }
    ]


def test_last_timestamp_bounds_the_newest_row(open_client: Client) -> None:
    everything = rows(open_client, f"{US}?symbol=TSLA.US&count=100")
    cut = everything[9]["timestamp"]
    assert (
        rows(open_client, f"{US}?symbol=TSLA.US&count=100&last_timestamp={cut}") == everything[:10]
    )
    assert (
        rows(open_client, f"{US}?symbol=TSLA.US&count=3&last_timestamp={int(cut) - 1}")
        == everything[6:9]
    )
    assert rows(open_client, f"{US}?symbol=TSLA.US&last_timestamp=1") == []


def test_a_symbol_without_rows_is_an_empty_success(open_client: Client) -> None:
    assert rows(open_client, f"{US}?symbol=NOBODY.US") == []
    assert rows(open_client, f"{HK}?symbol=9.HK") == []


@pytest.mark.parametrize(
    ("url", "word"),
    [
        (US, "symbol"),
        (f"{US}?symbol=", "symbol"),
        (f"{US}?symbol=700.HK", HK),
        (f"{HK}?symbol=TSLA.US", US),
        (f"{US}?symbol=!!!", "ticker"),
        (f"{US}?symbol=TSLA.US&last_timestamp=soon", "last_timestamp"),
    ],
)
def test_what_cannot_be_read_is_a_bad_request(open_client: Client, url: str, word: str) -> None:
    answer = open_client.get(url)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message"}
    assert word in answer.json()["message"]
    assert answer.headers["x-trace-id"]


def test_signed_and_oauth_requests_are_served_and_others_refused(client: Client) -> None:
    query = "symbol=TSLA.US&count=2"
    url = f"{US}?{query}"
    good = longbridge_headers(US, query)
    assert client.get(url, headers=good).status_code == 200
    assert (
        client.get(url, headers=good).status_code == 200
    )  # identical within the window: there is no nonce
    assert client.get(url, headers=bearer()).status_code == 200
    assert client.get(f"{url}&count=3", headers=good).json()["code"] == 403201
    assert (
        client.get(url, headers=longbridge_headers(US, query, secret="x")).json()["code"] == 403201
    )
    assert client.get(url, headers=longbridge_headers(US, query, key="x")).json()["code"] == 403203
    assert (
        client.get(url, headers=longbridge_headers(US, query, at=1_000_000_000)).json()["code"]
        == 403201
    )
    refused = client.get(url)
    assert (refused.status_code, refused.json()["code"]) == (401, 401004)


def test_the_query_is_signed_as_it_was_sent(client: Client) -> None:
    query = "symbol=BRK%2FB.US&count=1"
    assert client.get(f"{US}?{query}", headers=longbridge_headers(US, query)).status_code == 200
    assert (
        client.get(
            f"{US}?{query}", headers=longbridge_headers(US, "symbol=BRK/B.US&count=1")
        ).status_code
        == 403
    )
