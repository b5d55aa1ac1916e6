"""shortable's own API on handmade data: brokers, a market at a time, a history, short interest, errors."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest

from shortable.clock import to_instant
from shortable.server import Settings, create_app
from shortable.store import append, make_snapshot

from .client import Client


def test_brokers_market_by_market(open_client: Client) -> None:
    found = open_client.get("/shortable").json()
    assert found["data_is_sample"] is False
    assert [(b["broker"], b["market"], b["snapshots"]) for b in found["brokers"]] == [
        ("acme", "usa", 2),
        ("acme", "hkex", 1),
    ]
    usa = found["brokers"][0]
    assert (usa["first"], usa["last"]) == (
        "2024-01-02T05:00:00Z",
        "2024-01-03T05:00:00Z",
    )  # midnight in New York
    assert (usa["currency"], usa["time_zone"], usa["made_up"]) == ("USD", "America/New_York", False)


def test_a_market_at_a_time(open_client: Client) -> None:
    found = open_client.get("/shortable/acme?at=2024-01-02T12:00").json()
    assert (found["local_time"], found["utc_time"]) == (
        "2024-01-02T12:00:00",
        "2024-01-02T17:00:00Z",
    )
    assert [
        (s["symbol"], s["quantity"], s["quantity_is_floor"], s["fee_rate"], s["rebate_rate"])
        for s in found["symbols"]
    ] == [
        ("GME", 100, False, 0.35, -0.30),
        ("SPY", 5_000, False, 0.0025, None),
        ("TRUE", 10_000_000, True, None, None),
    ]
    assert {s["as_of"] for s in found["symbols"]} == {"2024-01-02T05:00:00Z"}
    same = open_client.get("/shortable/acme?at=2024-01-02T17:00Z").json()
    assert same["symbols"] == found["symbols"]


def test_without_a_time_it_is_the_newest_snapshots_and_no_clock_is_read(
    open_client: Client,
) -> None:
    found = open_client.get("/shortable/acme").json()
    assert found["local_time"] == "2024-01-03T00:00:00"
    assert [(s["symbol"], s["quantity"]) for s in found["symbols"]] == [("SPY", 4_000)]
    hk = open_client.get("/shortable/acme?market=hk").json()
    assert [(s["symbol"], s["currency"], s["quantity"]) for s in hk["symbols"]] == [
        ("700.HK", "HKD", 2_000)
    ]


def test_pages_cover_every_symbol_once(open_client: Client) -> None:
    url = "/shortable/acme?at=2024-01-02T12:00"
    whole = open_client.get(url).json()
    pages = [open_client.get(f"{url}&limit=1&offset={n}").json() for n in range(4)]
    assert [s for page in pages for s in page["symbols"]] == whole["symbols"]
    assert {page["total"] for page in pages} == {3}


def test_a_history_has_a_row_for_each_moment_at_which_something_may_change(
    open_client: Client,
) -> None:
    found = open_client.get("/shortable/acme/GME").json()
    rows = [
        (r["local_time"], r["quantity"], r["fee_rate"], r["has_data"], r["left_out"])
        for r in found["rows"]
    ]
    assert rows == [
        ("2024-01-02T00:00:00", 100, 0.35, True, False),
        ("2024-01-03T00:00:00", 0, None, True, True),
    ]
    assert (found["symbol"], found["market"], found["total"], found["max_age_days"]) == (
        "GME",
        "usa",
        2,
        7,
    )


def test_a_history_says_when_nothing_speaks(open_client: Client) -> None:
    # The snapshot of 3 January speaks for 7 days, its last instant included: silence begins a microsecond later.
    found = open_client.get("/shortable/acme/SPY?start=2024-01-01&end=2024-02-01").json()
    rows = [(r["local_time"], r["quantity"], r["has_data"]) for r in found["rows"]]
    assert rows == [
        ("2024-01-01T00:00:00", 0, False),
        ("2024-01-02T00:00:00", 5_000, True),
        ("2024-01-03T00:00:00", 4_000, True),
        ("2024-01-10T00:00:00.000001", 0, False),
    ]
    newest = open_client.get("/shortable/acme/SPY?start=2024-01-01&end=2024-02-01&limit=1").json()
    assert (newest["rows"], newest["total"]) == (found["rows"][-1:], 4)


@pytest.mark.parametrize("spelling", ["700.HK", "00700.HK", "HK.00700"])
def test_any_spelling_of_a_symbol_is_read(open_client: Client, spelling: str) -> None:
    found = open_client.get(f"/shortable/acme/{spelling}").json()
    assert (found["symbol"], found["market"], [r["quantity"] for r in found["rows"]]) == (
        "700.HK",
        "hkex",
        [2_000],
    )


@pytest.mark.parametrize("spelling", ["BRK.B", "BRK-B", "brk b", "BRK/B", "BRK%2FB"])
def test_shares_of_a_class_in_any_spelling(open_client: Client, spelling: str) -> None:
    assert open_client.get(f"/shortable/acme/{spelling}").json()["symbol"] == "BRK.B"
    assert open_client.get(f"/short-interest/{spelling}").json()["symbol"] == "BRK.B"


def test_short_interest_over_time(open_client: Client) -> None:
    found = open_client.get("/short-interest/TSLA?limit=2").json()
    assert (found["symbol"], found["market"], found["total"], found["sources"]) == (
        "TSLA",
        "usa",
        25,
        ["finra"],
    )
    last = found["rows"][-1]
    # The 25th row: 1,000 + 24 × 100 shares, 500 a day: 3,400 / 500 = 6.8 days.
    assert (
        last["settlement_date"],
        last["shares_short"],
        last["avg_daily_volume"],
        last["days_to_cover"],
    ) == ("2021-01-15", 3_400, 500, 6.8)
    assert last["known_at"] > "2021-01-15"
    hk = open_client.get("/short-interest/700.HK").json()
    assert [(r["shares_short"], r["value"], r["close"]) for r in hk["rows"]] == [
        (45_925_264, 13_593_878_144, 296)
    ]
    assert open_client.get("/short-interest/NOBODY").json()["rows"] == []


@pytest.mark.parametrize(
    ("url", "status", "word"),
    [
        ("/shortable/nobody", 404, "acme"),
        ("/shortable/nobody/SPY", 404, "acme"),
        ("/shortable/acme?market=canada", 404, "usa, hkex"),
        ("/shortable/acme?market=moon", 422, "hkex"),
        ("/shortable/ACME", 422, "broker"),
        ("/shortable/acme?at=yesterday", 422, "at"),
        ("/shortable/acme?at=2024-02-30", 422, "at"),
        ("/shortable/acme?time=2024-01-02", 422, "at, limit, market, offset"),
        ("/shortable?market=usa", 422, "must be left out"),
        ("/short-interest/SPY?until=2024-01-02", 422, "at, limit"),
        ("/shortable/acme?at=1066-10-14", 422, "at"),
        ("/shortable/acme?at=2024-01-02T16:00+08:00", 422, "%2B"),
        ("/shortable/acme?limit=0", 422, "limit"),
        ("/shortable/acme?limit=many", 422, "limit"),
        ("/shortable/acme/%F0%9F%92%A9", 422, "symbol"),
        ("/shortable/acme/700.HK?market=usa", 422, "market"),
        ("/shortable/acme/SPY?start=2024-02-01&end=2024-01-01", 422, "end"),
        ("/short-interest/RY.CA", 422, "USA or Hong Kong"),
        ("/nowhere", 404, "Not Found"),
        ("/shortable/..%2f..%2fetc/passwd", 422, "broker"),
        ("/shortable/acme/..%2f..%2fetc/passwd", 422, "symbol"),
        ("/shortable/acme/", 422, "symbol"),
    ],
)
def test_what_cannot_be_answered_says_why(
    open_client: Client, data: Path, url: str, status: int, word: str
) -> None:
    answer = open_client.get(url)
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"error", "message", "trace_id"}
    assert word in body["message"]
    assert body["trace_id"] == answer.headers["x-trace-id"]
    assert str(data) not in answer.text


def test_an_import_shows_at_the_next_request(tmp_path: Path, web: None) -> None:
    def snapshot(day: int, shares: int):
        return make_snapshot(
            to_instant(datetime(2024, 1, day)),
            {"symbol": ["SPY"], "quantity": [shares]},
            complete=True,
        )

    append("acme", [snapshot(2, 1)], data_folder=tmp_path)
    client = Client(create_app(Settings(data_folder=tmp_path)))
    assert client.get("/shortable/acme").json()["symbols"][0]["quantity"] == 1
    append("acme", [snapshot(3, 2)], data_folder=tmp_path)
    assert client.get("/shortable/acme").json()["symbols"][0]["quantity"] == 2
    append("zeta", [snapshot(2, 9)], data_folder=tmp_path)
    assert [b["broker"] for b in client.get("/shortable").json()["brokers"]] == ["acme", "zeta"]
    (tmp_path / "equity" / "usa" / "shortable" / "zeta.parquet").unlink()
    assert client.get("/shortable/zeta").status_code == 404


def test_imports_while_many_ask_break_no_answer(tmp_path: Path, web: None) -> None:
    def snapshot(day: int):
        return make_snapshot(
            to_instant(datetime(2024, 1, day)),
            {"symbol": ["SPY"], "quantity": [day]},
            complete=True,
        )

    append("acme", [snapshot(1)], data_folder=tmp_path)
    client, seen, stop = (
        Client(create_app(Settings(tmp_path, rate=1e9))),
        [[] for _ in range(4)],
        threading.Event(),
    )

    def ask(answers: list[tuple[int, int]]) -> None:
        while not stop.is_set():
            answer = client.get("/shortable/acme")
            answers.append((answer.status_code, answer.json()["symbols"][0]["quantity"]))

    threads = [threading.Thread(target=ask, args=(answers,)) for answers in seen]
    for thread in threads:
        thread.start()
    for day in range(2, 12):
        append("acme", [snapshot(day)], data_folder=tmp_path)
    assert client.get("/shortable/acme").json()["symbols"][0]["quantity"] == 11
    stop.set()
    for thread in threads:
        thread.join(30)
    for answers in seen:
        assert {status for status, _ in answers} <= {200}
        quantities = [quantity for _, quantity in answers]
        assert quantities == sorted(quantities)  # nobody is taken back in time


def test_damaged_data_are_an_error_without_a_path_or_traceback(
    tmp_path: Path, web: None, caplog: pytest.LogCaptureFixture
) -> None:
    append(
        "acme",
        [
            make_snapshot(
                to_instant(datetime(2024, 1, 2)),
                {"symbol": ["SPY"], "quantity": [1]},
                complete=True,
            )
        ],
        data_folder=tmp_path,
    )
    (tmp_path / "equity" / "usa" / "shortable" / "acme.parquet").write_bytes(b"PAR1 damaged")
    answer = Client(create_app(Settings(data_folder=tmp_path))).get("/shortable/acme")
    assert answer.status_code == 500
    assert answer.json()["error"] == "internal_error"
    assert str(tmp_path) not in answer.text
    assert "Traceback" not in answer.text
    assert str(tmp_path) in caplog.text  # the log is where the path belongs


def test_without_any_data_there_are_no_brokers_and_a_clear_answer(
    tmp_path: Path, web: None
) -> None:
    client = Client(create_app(Settings(data_folder=tmp_path)))
    assert client.get("/shortable").json()["brokers"] == []
    assert "import a file first" in client.get("/shortable/acme").json()["message"]
    assert "shortable import finra" in client.get("/short-interest/TSLA").json()["message"]
    assert "shortable import sfc" in client.get("/short-interest/700.HK").json()["message"]


def test_before_the_first_snapshot_nothing_was_known(open_client):
    found = open_client.get("/shortable/acme/SPY?end=2023-12-01T12:00").json()
    assert [(row["local_time"], row["has_data"]) for row in found["rows"]] == [
        ("2023-12-01T12:00:00", False)
    ]


def test_the_documentation_names_every_route_and_parameter_and_loads_nothing(open_client):
    answer = open_client.get("/docs")
    document = open_client.get("/openapi.json").json()
    assert answer.status_code == 200
    assert "script" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert "http" not in answer.text.replace("httpwg", "")
    for path, operations in document["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in answer.text
