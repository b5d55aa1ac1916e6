"""What `status` says of collectors, stores, datasets and identities."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from shortable import Market
from shortable.clock import to_instant
from shortable.collect import status
from shortable.collect.state import FileState, State
from shortable.errors import InvalidInputError
from shortable.store import SHORT_BALANCES, append, make_snapshot


def snapshot(when: str, *, complete: bool = True, **rows: int):
    return make_snapshot(
        to_instant(datetime.fromisoformat(when)),
        {"symbol": list(rows), "quantity": list(rows.values())},
        complete=complete,
    )


NOW = datetime(2024, 1, 19, 17, tzinfo=UTC)  # a Friday, noon in New York


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """January 2024: Tuesday 2, Wednesday 3 (repeats it), Tuesday 16, Wednesday 17 (partial)."""
    ours = [
        snapshot("2024-01-02", A=1, B=1),
        snapshot("2024-01-03", A=1, B=1),
        snapshot("2024-01-16", A=1),
        snapshot("2024-01-17", complete=False, A=2),
    ]
    append("axos", ours, data_folder=tmp_path)
    return tmp_path


def test_a_store_by_hand(folder: Path) -> None:
    (store,) = status(folder, now=NOW).stores
    assert (store.broker, store.market, store.snapshots) == ("axos", Market.USA, 4)
    assert store.newest == datetime(2024, 1, 17, 5, tzinfo=UTC)
    # The weekdays 4, 5, 8 to 12, 15 and 18; today, the 19th, is not over.
    assert (store.missing, store.gaps, store.repeats, store.partial, store.jumps) == (9, 1, 1, 1, 1)
    assert not store.silent
    (later,) = status(folder, now=NOW + timedelta(days=6)).stores
    assert later.silent
    (older,) = status(folder, now=NOW, max_age=timedelta(days=1)).stores
    assert older.silent


def test_sessions_of_each_markets_own_calendar(folder: Path) -> None:
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    (store,) = status(folder, now=NOW, calendar="exchange").stores
    assert store.missing == 8  # Monday the 15th is Martin Luther King's day
    with pytest.raises(InvalidInputError, match="weekdays or exchange"):
        status(folder, calendar="XNYS")  # type: ignore[arg-type]


def test_a_damaged_store_is_said_and_hides_nothing_else(folder: Path) -> None:
    append("zeta", [snapshot("2024-01-02", A=1)], data_folder=folder)
    (folder / "equity/usa/shortable/axos.parquet").write_bytes(b"nothing")
    axos, zeta = status(folder, now=NOW).stores
    assert "is damaged" in axos.error
    assert axos.snapshots is None
    assert zeta.snapshots == 1


def test_collectors(folder: Path) -> None:
    room = folder / "collect" / "ibkr"
    state = State(
        {
            "usa.txt": FileState(
                stored="2024-01-17T05:15:00+00:00", rows=900, rejected=3, failed=2
            ),
            "canada.txt": FileState(
                result="failed", error="it stalled", failures=4, failed=5, refused=1
            ),
        }
    )
    state.write(room, NOW)
    (room / "incoming" / "one").mkdir(parents=True)
    (room / "incoming" / ".new-two").mkdir()
    (found,) = status(folder, now=NOW).collectors
    assert (found.source, found.files, found.last_pass) == ("ibkr", 2, NOW)
    assert found.last_stored == datetime(2024, 1, 17, 5, 15, tzinfo=UTC)
    assert (found.failing, found.failed, found.refused, found.waiting) == (1, 7, 1, 1)
    assert (found.rows, found.rejected, found.error) == (900, 3, "failed: it stalled")


def test_a_state_that_cannot_be_read_is_begun_anew(folder: Path) -> None:
    room = folder / "collect" / "ibkr"
    room.mkdir(parents=True)
    for text in (
        "",
        "{",
        "[]",
        '{"files": 3}',
        '{"files": {"usa.txt": {"rows": "1"}}}',
        '{"files": {"usa.txt": {"tried": "yesterday"}}}',
        '{"files": {"usa.txt": {"tried": "2024-01-02T05:00:00"}}}',
        '{"files": {"usa.txt": {"rows": 1, "of later": 2}}}',
    ):
        (room / "state.json").write_text(text)
        (found,) = status(folder, now=NOW).collectors
        assert found.last_pass is None
        assert found.rows == (1 if "later" in text else 0)


def test_figures_and_their_identities(tmp_path: Path) -> None:
    rows = [(date(2025, 1, 8), 100, 10, 30, 80), (date(2025, 1, 9), 80, 5, 5, 81)]
    rows.append((date(2025, 1, 13), 81, 0, 0, 81))  # and no Friday the 10th
    table = pa.Table.from_pylist(
        [
            {
                "symbol": "2330",
                "date": day,
                "book": "borrowed",
                "known_at": datetime(2025, 1, 9, 14, 30, tzinfo=UTC),
                "by_rule": True,
                "previous": previous,
                "sold": sold,
                "covered": covered,
                "balance": balance,
            }
            for day, previous, sold, covered, balance in rows
        ],
        schema=SHORT_BALANCES.schema,
    )
    SHORT_BALANCES.append("twse", [table], market=Market.TAIWAN, data_folder=tmp_path)
    (found,) = status(tmp_path, now=NOW).figures
    assert (found.dataset, found.source, found.market) == ("short_balances", "twse", Market.TAIWAN)
    assert (found.rows, found.dates, found.newest_date) == (3, 3, date(2025, 1, 13))
    assert found.missing == 1
    assert found.newest == datetime(2025, 1, 9, 14, 30, tzinfo=UTC)
    in_a_row, across = found.identities
    # 80 + 5 - 5 = 80, and 81 is stated.
    assert (in_a_row.checked, [one.stated for one in in_a_row.broken]) == (3, [81])
    assert (across.checked, across.broken) == (2, ())


def test_an_empty_folder(tmp_path: Path) -> None:
    found = status(tmp_path)
    assert (found.collectors, found.stores, found.figures) == ((), (), ())
