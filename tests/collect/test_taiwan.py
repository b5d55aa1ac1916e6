"""Taiwan's lists of two months, collected from a server on loopback: the store is what importing the files makes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")
pytest.importorskip("httpx", reason="httpx is not installed (extra collect)")

from shortable import Market
from shortable.collect import COLLECTORS, Clock, Job, Patience, collect
from shortable.collect.wanted import Ask
from shortable.importers import import_source
from shortable.store import SHORT_BALANCES, open_store

from .servers import Published, http_server

pytestmark = pytest.mark.slow

FAST = Patience(attempts=2, first_wait=0, jitter=0, stall=2, delay=0)


def test_addresses_by_hand() -> None:
    night = datetime(2025, 3, 3, 14, 30, tzinfo=UTC)  # 22:30 in Taipei
    ask = Ask(night, since=date(2025, 3, 3))
    (twse,), (tpex,) = (list(COLLECTORS[name].files(ask)) for name in ("twse", "tpex"))
    assert twse.path == "rwd/zh/marginTrading/TWT93U?date=20250303&response=json"
    assert tpex.path == "www/zh-tw/margin/sbl?date=2025%2F03%2F03&response=json"
    before = Ask(night - timedelta(seconds=1), since=date(2025, 3, 3))
    assert not list(COLLECTORS["twse"].files(before))  # before 22:30 it can be incomplete


@pytest.mark.slow
def test_two_real_months(real_data: Path, tmp_path: Path) -> None:
    files = sorted((real_data / "taiwan").glob("TWT93U_2025*.csv"))
    published = Published({path.name: path.read_bytes() for path in files})
    published.faults = ["", "500", "", "cut", "", "html", "", "", "stall"]
    clock = Clock(lambda: datetime(2025, 3, 2, 12, tzinfo=UTC), lambda: 0.0, lambda seconds: None)
    with http_server(published) as url:
        job = Job(
            source="twse",
            data_folder=tmp_path / "collected",
            url=url + "TWT93U_{day:%Y%m%d}.csv",
            since=date(2025, 1, 1),
            patience=FAST,
            clock=clock,
        )
        report = collect(job)
        assert not report.bad
        assert collect(job).files == ()  # past days that are here are not asked for again
    import_source("twse", files, data_folder=tmp_path / "imported")
    ours, theirs = (
        open_store("twse", market=Market.TAIWAN, data_folder=tmp_path / folder)
        for folder in ("collected", "imported")
    )
    assert ours.entries() == theirs.entries()
    assert len(ours.as_of) == 30
    one, other = (
        SHORT_BALANCES.open(tmp_path / folder, Market.TAIWAN, "twse").table()
        for folder in ("collected", "imported")
    )
    assert one.equals(other)
