"""Collecting by HTTP from a real server on loopback: only what has changed, on from where it was cut off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")
pytest.importorskip("httpx", reason="httpx is not installed (extra collect)")

from shortable.collect import Clock, Job, Patience, collect
from shortable.errors import CollectError
from shortable.store import SHORT_INTEREST, open_store

from .servers import Published, free_port, http_server, ibkr_file

FAST = Patience(attempts=3, first_wait=0.01, jitter=0, stall=1, whole=10, delay=0)
ONE = ibkr_file(0, {f"A{n}": (n + 1, 0.25) for n in range(2000)})


@pytest.fixture
def published():
    served = Published({"usa.txt": ONE})
    with http_server(served) as url:
        served.url = url
        yield served


def job(published: Published, data: Path, **more) -> Job:
    return Job(source="ibkr", data_folder=data, url=published.url, patience=FAST, **more)


def outcomes(report) -> list[tuple[str, str]]:
    return [(f.key, f.outcome) for f in report.files]


def test_an_unchanged_file_is_not_sent_again(published, tmp_path):
    ours = job(published, tmp_path / "d")
    assert outcomes(collect(ours)) == [("usa.txt", "stored")]
    assert outcomes(collect(ours)) == [("usa.txt", "unchanged")]
    assert len(published.delivered) == 1
    first, second = (headers for _, _, headers in published.requests)
    assert "if-none-match" not in first
    assert second["if-none-match"]
    assert second["if-modified-since"]
    assert first["user-agent"].startswith("shortable/")
    assert first["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "fault", ["cut", "stall", "500", "503", "429", "html", "refused", "eof", "etag"]
)
def test_a_fault_is_tried_again(published, tmp_path, fault):
    published.faults = [fault]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]
    assert open_store("interactivebrokers", data_folder=tmp_path / "d").rows_of.tolist() == [2000]


def test_a_transfer_that_was_cut_off_goes_on_where_it_stopped(published, tmp_path):
    published.faults = ["cut", "cut"]
    collect(job(published, tmp_path / "d"))
    ranges = [headers.get("range") for _, _, headers in published.requests]
    half = len(ONE) // 2
    assert ranges == [None, f"bytes={half}-", f"bytes={half + (len(ONE) - half) // 2}-"]
    assert published.requests[1][2]["if-range"].startswith('"')


def test_a_file_that_changes_between_two_tries_is_fetched_from_its_beginning(published, tmp_path):
    published.faults = ["cut", "etag"]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]
    assert open_store("interactivebrokers", data_folder=tmp_path / "d").rows_of.tolist() == [2000]


def test_a_changed_etag_of_the_same_file_stores_nothing_new(published, tmp_path):
    ours = job(published, tmp_path / "d")
    collect(ours)
    published.faults = ["etag"]
    assert outcomes(collect(ours)) == [("usa.txt", "unchanged")]
    assert len(published.delivered) == 2


def test_a_page_in_place_of_the_file_is_a_failed_pass(published, tmp_path):
    published.faults = ["html"] * 3
    report = collect(job(published, tmp_path / "d"))
    assert outcomes(report) == [("usa.txt", "failed")]
    assert "web page" in report.files[0].detail


def test_a_refusal_for_good_is_not_tried_again(published, tmp_path):
    published.faults = ["403"]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "failed")]
    assert len(published.requests) == 1


def test_a_missing_file_is_absent(published, tmp_path):
    published.files.clear()
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "absent")]
    assert len(published.requests) == 1


def test_a_server_that_asks_for_a_long_rest_gets_it(published, tmp_path):
    now = [datetime(2024, 1, 2, tzinfo=UTC)]
    clock = Clock(lambda: now[0], lambda: 0.0, lambda seconds: None)
    ours = job(published, tmp_path / "d", clock=clock)
    published.faults, published.retry_after = ["429"], "3600"
    assert outcomes(collect(ours)) == [("usa.txt", "failed")]
    now[0] += timedelta(minutes=59)
    assert outcomes(collect(ours)) == []
    now[0] += timedelta(minutes=2)
    assert outcomes(collect(ours)) == [("usa.txt", "stored")]


def test_a_short_rest_is_waited_for(published, tmp_path):
    published.faults, published.retry_after = ["503"], "0"
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]


def test_requests_keep_their_distance(published, tmp_path):
    import time

    published.faults = ["500"]
    polite = Patience(attempts=2, first_wait=0, jitter=0, delay=0.3)
    begun = time.monotonic()
    collect(Job(source="ibkr", data_folder=tmp_path / "d", url=published.url, patience=polite))
    assert time.monotonic() - begun >= 0.3


def test_a_dead_server_is_a_failed_pass(tmp_path):
    url = f"http://127.0.0.1:{free_port()}/"
    report = collect(Job(source="ibkr", data_folder=tmp_path / "d", url=url, patience=FAST))
    assert outcomes(report) == [("usa.txt", "failed")]


def test_without_a_length_only_a_file_that_states_its_end_is_taken(published, tmp_path):
    published.faults = ["no length"]
    assert outcomes(collect(job(published, tmp_path / "d"))) == [("usa.txt", "stored")]
    published.files["shrt20240115.csv"] = b"anything"
    published.faults = ["no length"] * 3
    clock = Clock(lambda: datetime(2024, 1, 30, 12, tzinfo=UTC), lambda: 0.0, lambda seconds: None)
    few = Job(
        source="finra",
        data_folder=tmp_path / "d",
        url=f"{published.url}shrt20240115.csv",
        patience=FAST,
        clock=clock,
    )
    assert "nobody can tell whether the file is whole" in collect(few).files[0].detail


FINRA = (
    "symbolCode|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|settlementDate\n"
    "GME|61782730|29385884|2.10|{day}\n"
)


def test_a_file_for_each_day_is_asked_for_when_it_is_final_and_once(published, tmp_path):
    now = [datetime(2024, 1, 24, 12, tzinfo=UTC)]
    clock = Clock(lambda: now[0], lambda: 0.0, lambda seconds: None)
    ours = Job(
        source="finra",
        data_folder=tmp_path / "d",
        url=published.url + "{file}",
        patience=FAST,
        clock=clock,
    )

    def asked() -> list[str]:
        paths = [path.lstrip("/") for _, path, _ in published.requests]
        published.requests.clear()
        return paths

    # Nine days after the 15th it is 18:00 on the 24th in New York: 23:00 UTC.
    collect(ours)
    first = asked()
    assert "shrt20240115.csv" not in first
    assert "shrt20240112.csv" in first  # the business day before, were the 15th a holiday
    now[0] += timedelta(hours=11, minutes=1)
    published.files["shrt20240115.csv"] = FINRA.format(day="2024-01-15").encode()
    report = collect(ours)
    assert ("shrt20240115.csv", "stored") in outcomes(report)
    assert asked() == ["shrt20240115.csv"]  # the others were not there less than a day ago
    collect(ours)
    assert asked() == []
    now[0] += timedelta(hours=21)
    collect(ours)
    assert "shrt20240115.csv" not in asked()
    from shortable import Market

    table = SHORT_INTEREST.open(tmp_path / "d", Market.USA, "finra").table()
    assert table["shares_short"].to_pylist() == [61782730]


def test_a_file_for_each_symbol(published, tmp_path):
    published.files["api/GME"] = (
        b'{"name": "GAMESTOP", "daily": [{"available": 500, "fee": 0.25, "rebate": -0.1, "date": "2021-01-04"}]}'
    )
    ours = Job(
        source="iborrowdesk",
        data_folder=tmp_path / "d",
        url=published.url + "api/{symbol}",
        symbols=("GME",),
        patience=FAST,
    )
    assert outcomes(collect(ours)) == [("GME.json", "stored")]
    assert open_store("iborrowdesk", data_folder=tmp_path / "d").keys() == [("GME", "USD")]


def test_a_fault_of_an_importer_ends_nothing(published, tmp_path, monkeypatch):
    import shortable.collect.cycle as cycle

    def broken(*args, **options):
        raise ZeroDivisionError("of its own")

    ours = job(published, tmp_path / "d")
    with monkeypatch.context() as patched:
        patched.setattr(cycle, "import_source", broken)
        report = collect(ours)
    assert outcomes(report) == [("usa.txt", "refused")]
    assert "ZeroDivisionError in the importer: of its own" in report.files[0].detail
    assert len(list((tmp_path / "d/collect/ibkr/refused").glob("*/*.gz"))) == 1


def test_a_day_whose_file_is_not_there_after_a_month_is_given_up(published, tmp_path):
    from datetime import date

    now = [datetime(2024, 3, 1, 12, tzinfo=UTC)]
    clock = Clock(lambda: now[0], lambda: 0.0, lambda seconds: None)
    ours = Job(
        source="sfc",
        data_folder=tmp_path / "d",
        url=published.url + "{file}",
        patience=FAST,
        since=date(2024, 1, 12),
        clock=clock,
    )

    def asked() -> list[str]:
        days = [path[-12:-4] for _, path, _ in published.requests]
        published.requests.clear()
        return days

    collect(ours)
    recent = ["20240202", "20240209", "20240216", "20240223"]
    assert asked() == ["20240112", "20240119", "20240126", *recent]
    now[0] += timedelta(days=2)
    collect(ours)
    assert asked() == recent  # what is more than thirty days old is given up


def test_what_has_to_be_posted_is_fetched_so_too(published):
    from shortable.collect.fetch import Known, Limits
    from shortable.collect.http import HttpTransfer

    published.faults = ["cut"]
    transfer = HttpTransfer(published.url + "usa.txt", Known(), Limits(), b'{"Name": "x"}')
    with pytest.raises(CollectError):
        transfer.attempt()
    body = transfer.attempt()
    assert body is not None
    assert body.data == ONE
    assert published.posted == [b'{"Name": "x"}'] * 2
    assert [method for method, _, _ in published.requests] == ["POST", "POST"]
    assert "range" not in published.requests[1][2]
    assert HttpTransfer(published.url + "usa.txt", body.known, Limits(), b"{}").attempt() is None
