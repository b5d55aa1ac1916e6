"""Taiwan's evening lists: shapes, limits of the next session, balances, what is refused."""

from __future__ import annotations

import csv
import json
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable import LocalDiskShortableProvider, Market
from shortable.clock import from_instant
from shortable.errors import ImportRefusedError, SnapshotConflictError
from shortable.importers import SOURCES, import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.exchanges.tpex import parse_tpex
from shortable.importers.sources.exchanges.twse import parse_twse
from shortable.importers.taiwan.evening import share_count
from shortable.store import Figures, open_store
from tests.importers.fuzz import damaged, damaged_json
from tests.importers.sources.exchanges.taiwan_lists import (
    csv_list,
    row,
    total,
    tpex_json,
    twse_json,
)

MONDAY, TUESDAY, WEDNESDAY = (date(2025, 3, day) for day in (3, 4, 5))
NIGHT = datetime(2025, 3, 3, 22, 30)
MARGIN = (179_000, 6_000, 16_000, 3_000, 166_000, 552_875_000)
LINES = (
    row("0050", 22_035_000, 161_000, 1_033_000, 0, 2_949_076, margin=MARGIN),
    row("00625K", 5_000, 0, 0, -2_000, 7),
    row("2330", 30_846_988, 286_000, 742_000, 0, 3_399_967),
    row("2881A", note="XV"),
)


def limits(parsed: Any) -> dict[str, int]:
    ((_, snapshot),) = parsed.snapshots
    return {r["symbol"]: r["quantity"] for r in snapshot.table.to_pylist()}


def balances(parsed: Any, book: str) -> dict[str, dict[str, Any]]:
    ((_, _, table),) = parsed.also
    return {r["symbol"]: r for r in table.to_pylist() if r["book"] == book}


@pytest.mark.parametrize(
    ("parse", "data"),
    [
        (parse_twse, csv_list(MONDAY, *LINES)),
        (parse_twse, csv_list(MONDAY, *LINES).decode("cp950").encode("utf-8-sig")),
        (parse_twse, twse_json(MONDAY, *LINES)),
        (parse_twse, twse_json(MONDAY, *LINES, wrapped=True)),
        (parse_tpex, tpex_json(MONDAY, *LINES)),
    ],
    ids=["csv", "csv in utf-8", "json", "wrapped json", "tpex"],
)
def test_every_shape_states_the_same(parse: Any, data: bytes) -> None:
    parsed = parse(data)
    assert limits(parsed) == {"0050": 2_949_076, "00625K": 7, "2330": 3_399_967, "2881A": 0}
    ((market, snapshot),) = parsed.snapshots
    assert (market, snapshot.kind, snapshot.complete) == (Market.TAIWAN, "daily_flow", True)
    assert snapshot.venue == ("TPEX" if parse is parse_tpex else "TWSE")
    assert (from_instant(snapshot.as_of, market), snapshot.session) == (NIGHT, TUESDAY)
    borrowed, margin = balances(parsed, "borrowed"), balances(parsed, "margin")
    # 30,846,988 + 286,000 - 742,000 = 30,390,988; 5,000 - 2,000 = 3,000.
    assert (borrowed["2330"]["balance"], borrowed["00625K"]["balance"]) == (30_390_988, 3_000)
    assert (borrowed["00625K"]["adjusted"], borrowed["2330"]["repaid"]) == (-2_000, None)
    assert [
        margin["0050"][name]
        for name in ("previous", "sold", "covered", "repaid", "balance", "limit")
    ] == list(MARGIN)
    assert (margin["2881A"]["note"], margin["0050"]["note"]) == ("XV", None)
    assert (parsed.rejects, parsed.notes) == ([], [])
    totals = 0 if parse is parse_tpex else 1
    assert (parsed.rows_read, parsed.passed_over) == (4 + totals, {"totals": 1} if totals else {})


def test_tpexs_csv_has_its_date_below_the_title_and_ends_with_its_count() -> None:
    lines = csv_list(MONDAY, *LINES, totals=False, notes=False).decode("cp950").splitlines()
    lines[0:1] = ["信用額度總量管制餘額表", "資料日期:114/03/03"]
    lines = [line.replace("代號", "股票代號").replace("名稱", "股票名稱") for line in lines]
    parsed = parse_tpex("\n".join([*lines, "共4筆"]).encode("cp950"))
    assert (len(limits(parsed)), parsed.day, parsed.notes, parsed.rows_read) == (4, MONDAY, [], 4)
    assert parsed.snapshots[0][1].complete
    with pytest.raises(ImportRefusedError, match="it states 5 rows and holds 4: it was cut off"):
        parse_tpex("\n".join([*lines, "共5筆"]).encode("cp950"))


def test_the_issues_call(tmp_path: Path) -> None:
    report = import_source("twse", csv_list(MONDAY, *LINES), data_folder=tmp_path)
    assert (report.rows_read, report.rows_stored, len(report.rejects)) == (5, 4, 0)
    provider = LocalDiskShortableProvider("twse", tmp_path)
    assert provider.availability_kind == "daily_flow"
    assert provider.shortable_quantity("2330.TW", datetime(2025, 3, 4, 9)) == 3_399_967
    assert provider.shortable_quantity("9999.TW", datetime(2025, 3, 4, 9)) == 0
    figures = Figures("short_balances", where={"book": "borrowed"}, data_folder=tmp_path)
    assert figures.value("balance", "2330.TW", NIGHT) == 30_390_988
    assert figures.value("balance", "2330.TW", datetime(2025, 3, 3, 22, 29)) is None
    again = import_source("twse", csv_list(MONDAY, *LINES), data_folder=tmp_path)
    assert (again.rows_stored, again.rows_unchanged) == (0, 4)
    assert (again.identities[0].checked, again.identities[0].broken) == (8, ())
    assert [s["dataset"] for s in report.to_dict()["snapshots"] if "dataset" in s] == [
        "short_balances"
    ]


def test_before_2230_the_previous_list_speaks_and_the_next_morning_the_new_one(
    tmp_path: Path,
) -> None:
    files = [
        csv_list(MONDAY, row("2330", 100, limit=1)),
        csv_list(TUESDAY, row("2330", 100, limit=2)),
    ]
    import_source("twse", files, data_folder=tmp_path)
    provider = LocalDiskShortableProvider("twse", tmp_path)
    asked = {
        datetime(2025, 3, 3, 22, 30): 1,
        datetime(2025, 3, 4, 9): 1,
        datetime(2025, 3, 4, 13, 30): 1,
        datetime(2025, 3, 4, 22, 29): 1,
        datetime(2025, 3, 4, 22, 30): 2,
        datetime(2025, 3, 5, 9): 2,
    }
    assert [provider.shortable_quantity("2330.TW", at) for at in asked] == list(asked.values())


def test_a_list_names_the_next_session_over_the_lunar_new_year(tmp_path: Path) -> None:
    import_source(
        "twse", csv_list(date(2025, 1, 22), row("2330", 100, limit=7)), data_folder=tmp_path
    )
    provider = LocalDiskShortableProvider("twse", tmp_path)
    assert provider.shortable_quantity("2330.TW", datetime(2025, 2, 3, 9)) == 7
    assert not provider.has_quantity("2330.TW", datetime(2025, 1, 23, 9))


def sessions(folder: Path) -> list[date | None]:
    store = open_store("twse", market=Market.TAIWAN, data_folder=folder)
    return [snapshot.session for snapshot in store.snapshots]


def test_a_file_without_rows_says_that_there_was_no_session(tmp_path: Path) -> None:
    """A typhoon closes the exchange on Tuesday, which no calendar knew of."""
    files = [
        csv_list(MONDAY, row("2330", 100, limit=1)),
        csv_list(TUESDAY),
        csv_list(WEDNESDAY, row("2330", 100, limit=2)),
    ]
    report = import_source("twse", files, data_folder=tmp_path)
    assert sessions(tmp_path) == [WEDNESDAY, date(2025, 3, 6)]
    assert report.notes == ("<bytes>: 2025-03-04: no session, the file holds no rows",)
    assert report.rows_read == 4


def test_an_empty_file_of_today_is_not_a_closed_day(tmp_path: Path) -> None:
    import_source(
        "twse", [csv_list(MONDAY, row("2330", 1)), csv_list(TUESDAY)], data_folder=tmp_path
    )
    assert sessions(tmp_path) == [TUESDAY]


def test_balances_that_go_on_prove_that_no_session_lay_between(tmp_path: Path) -> None:
    codes = [f"{code}" for code in range(2000, 2100)]
    files = [
        csv_list(MONDAY, *(row(code, 100, 5, limit=1) for code in codes)),
        csv_list(WEDNESDAY, *(row(code, 105, 5, limit=2) for code in codes)),
    ]
    import_source("twse", files, data_folder=tmp_path)
    assert sessions(tmp_path)[0] == WEDNESDAY
    # A few rows prove nothing: Tuesday's file may be missing.
    few = [csv_list(MONDAY, row("2330", 100, 5)), csv_list(WEDNESDAY, row("2330", 105, 5))]
    import_source("twse", few, data_folder=tmp_path / "few")
    assert sessions(tmp_path / "few")[0] == TUESDAY


def test_a_year_whose_closings_are_not_known_is_said_so() -> None:
    parsed = parse_twse(csv_list(date(2031, 3, 3), row("2330", 1)))
    assert parsed.snapshots[0][1].session == date(2031, 3, 4)
    assert "the exchange's closings of 2031 are not known here" in parsed.notes[0]


def test_a_saturdays_file_proves_its_session(tmp_path: Path) -> None:
    friday, saturday = date(2017, 2, 17), date(2017, 2, 18)
    files = [csv_list(friday, row("2330", 1)), csv_list(saturday, row("2330", 1))]
    import_source("twse", files, data_folder=tmp_path)
    assert sessions(tmp_path) == [saturday, date(2017, 2, 20)]


def test_the_caller_may_say_which_session(tmp_path: Path) -> None:
    import_source(
        "twse", csv_list(MONDAY, row("2330", 1)), session="2025-03-07", data_folder=tmp_path
    )
    assert sessions(tmp_path) == [date(2025, 3, 7)]
    with pytest.raises(ImportRefusedError, match="must lie after the file's day, 2025-03-03"):
        parse_twse(csv_list(MONDAY, row("2330", 1)), session="2025-03-03")
    with pytest.raises(ImportRefusedError, match="session='soon' must be a date"):
        parse_twse(csv_list(MONDAY, row("2330", 1)), session="soon")


def test_a_session_that_was_no_session_can_be_replaced(tmp_path: Path) -> None:
    """Monday's list was stored for Tuesday, and then a typhoon closed the exchange on Tuesday."""
    monday = csv_list(MONDAY, row("2330", 100, limit=1))
    import_source("twse", monday, data_folder=tmp_path)
    with pytest.raises(
        SnapshotConflictError, match="limits another session than the new one, 2025-03-05"
    ):
        import_source("twse", monday, session="2025-03-05", data_folder=tmp_path)
    import_source("twse", monday, session="2025-03-05", replace=True, data_folder=tmp_path)
    assert sessions(tmp_path) == [WEDNESDAY]
    # A list keeps the session with which it is stored.
    again = import_source(
        "twse", [monday, csv_list(WEDNESDAY, row("2330", 100))], data_folder=tmp_path
    )
    assert (again.rows_unchanged, sessions(tmp_path)[0]) == (1, WEDNESDAY)


def test_the_first_list_of_an_evening_is_partial(tmp_path: Path) -> None:
    early = csv_list(MONDAY, row("2330", 100, limit=1))
    report = import_source("twse", early, published="2025-03-03 20:31", data_folder=tmp_path)
    assert "not the last of its evening" in report.notes[0]
    assert not report.snapshots[0].complete
    import_source(
        "twse",
        csv_list(MONDAY, row("2330", 100, limit=2), row("2317", limit=3)),
        data_folder=tmp_path,
    )
    provider = LocalDiskShortableProvider("twse", tmp_path, missing="unrestricted")
    nine = datetime(2025, 3, 4, 9)
    # 1101 is in no list of the exchange: whether it is TPEx's nobody knows (S3).
    found = [provider.shortable_quantity(s, nine) for s in ("2330.TW", "2317.TW", "1101.TW")]
    assert found == [2, 3, None]
    nine_pm = datetime(2025, 3, 3, 21)
    assert [provider.shortable_quantity(s, nine_pm) for s in ("2330.TW", "2317.TW")] == [1, None]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row("0050", balance=1), None),
        (["23", *row("2330")[1:]], "code '23' is not 4 to 7 digits and letters"),
        ([*row("2330")[:13], "1.5", ""], "limit of the next session '1.5' is no number of shares"),
        (
            [*row("2330")[:8], "1,23", *row("2330")[9:]],
            "borrowed previous '1,23' is no number of shares",
        ),
        ([*row("2330")[:12], "-5", *row("2330")[13:]], "borrowed balance -5 is negative"),
        (row("2330")[:-1], "the row does not have the header's 15 cells"),
        (row("2317"), "duplicate of line 4: 2317"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_and_its_symbol_unknown(
    cells: list[str], reason: str | None
) -> None:
    parsed = parse_twse(
        csv_list(MONDAY, row("2317", 5, limit=9), cells, totals=total([row("2317", 5)]))
    )
    if reason is None:
        assert parsed.rejects == []
        return
    assert [(r.line, r.reason) for r in parsed.rejects] == [(5, reason)]
    assert limits(parsed) == {"2317": 9}
    ((_, snapshot),) = parsed.snapshots
    assert snapshot.complete
    assert set(snapshot.unreadable) <= {"2330", "23"}
    assert ("2330" in snapshot.unreadable) == (cells[0] == "2330")
    assert parsed.rows_read == 3  # two rows and the totals


def test_what_was_cut_off_is_refused_or_partial() -> None:
    data = csv_list(MONDAY, *LINES, notes=False)
    with pytest.raises(ImportRefusedError, match="it was cut off; nothing was imported"):
        parse_twse(data[: data.rindex(b'""')])
    without = parse_twse(csv_list(MONDAY, *LINES, totals=False))
    assert "the row of totals is missing" in without.notes[0]
    assert not without.snapshots[0][1].complete
    lost = parse_twse(csv_list(MONDAY, *LINES[1:], totals=total(list(LINES))))
    assert "the rows' margin previous add up to 0 and the total states 179,000" in lost.notes[0]
    assert not lost.snapshots[0][1].complete
    with pytest.raises(ImportRefusedError, match="it states 7 rows and holds 5: it was cut off"):
        parse_twse(twse_json(MONDAY, *LINES, total=7))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,2\n", "no title with one date such as 114年01月08日"),
        (b"<html>", "no title with one date"),
        ("114年02月30日 信用額度總量管制餘額表\n代號\n".encode(), "no title with one date"),
        ("114年02月03日 信用額度總量管制餘額表\n".encode(), "the line of headings is missing"),
        (
            "114年02月03日 信用額度總量管制餘額表\n代號,名稱,賣出\n".encode(),
            "its columns are not those of the balances",
        ),
        (b"[1]", "JSON without TWSECode"),
        (b"{", "not JSON"),
        (b'{"stat": "no data"}', "the exchange answers 'no data'"),
        (b'{"stat": "OK", "tables": [{}]}', "JSON with 0 tables of fields and data"),
        (
            twse_json(MONDAY, *LINES, date="20250304"),
            "the date of its figures must be stated once, not 2025-03-03 and 2025-03-04",
        ),
        (tpex_json(MONDAY, *LINES), "this is the list of TPEX, not of TWSE: import it as 'tpex'"),
        (csv_list(MONDAY, ["2", *LINES[0][1:]]), r"no row can be used; line 4: code '2'"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        parse_twse(data)


def test_a_broken_identity_refuses_the_file_and_nothing_is_stored(tmp_path: Path) -> None:
    bad = csv_list(MONDAY, row("2330", 100, 5, balance=106), row("2317", 1))
    with pytest.raises(
        ImportRefusedError,
        match=r"1 rows break previous \+ sold .*2330 borrowed on 2025-03-03: 106 instead of 105",
    ):
        import_source("twse", bad, data_folder=tmp_path)
    assert not (tmp_path / "equity").exists()
    report = import_source("twse", bad, allow_breaks=True, data_folder=tmp_path)
    assert len(report.identities[0].broken) == 1
    assert report.to_dict()["identities"][0]["first_broken"] == [
        "2330 borrowed on 2025-03-03: 106 instead of 105"
    ]


def test_a_halted_stock_may_break_it_and_is_counted(tmp_path: Path) -> None:
    """As 1225 on 2025-04-07, note X!."""
    cleared = csv_list(MONDAY, row("1225", 5_000, balance=0, note="X!"), row("2330", 1))
    report = import_source("twse", cleared, data_folder=tmp_path)
    assert (report.identities[0].allowed, report.identities[0].broken) == (1, ())
    assert "1 halted and allowed to" in str(report)


def test_balances_that_do_not_go_on_from_the_stored_day_refuse_the_file(tmp_path: Path) -> None:
    import_source("twse", csv_list(MONDAY, row("2330", 100, 5)), data_folder=tmp_path)
    before = sorted(p.stat().st_mtime_ns for p in tmp_path.rglob("*.parquet"))
    with pytest.raises(
        ImportRefusedError,
        match=r"previous\(t\) = balance\(t-1\); the first is 2330 borrowed on 2025-03-04: 106 instead of 105",
    ):
        import_source("twse", csv_list(TUESDAY, row("2330", 106)), data_folder=tmp_path)
    # A file in between that contradicts the day after it is refused as well.
    import_source("twse", csv_list(WEDNESDAY, row("2330", 200)), data_folder=tmp_path)
    with pytest.raises(ImportRefusedError, match="2330 borrowed on 2025-03-05: 200 instead of 105"):
        import_source("twse", csv_list(TUESDAY, row("2330", 105)), data_folder=tmp_path)
    assert len(before) == 2


def test_the_same_evening_stated_otherwise_is_refused(tmp_path: Path) -> None:
    import_source("twse", csv_list(MONDAY, row("2330", 100, limit=1)), data_folder=tmp_path)
    with pytest.raises(SnapshotConflictError):
        import_source("twse", csv_list(MONDAY, row("2330", 100, limit=2)), data_folder=tmp_path)
    import_source(
        "twse", csv_list(MONDAY, row("2330", 100, limit=2)), replace=True, data_folder=tmp_path
    )
    provider = LocalDiskShortableProvider("twse", tmp_path)
    assert provider.shortable_quantity("2330.TW", datetime(2025, 3, 4, 9)) == 2


TWT96U = {
    "stat": "OK",
    "title": "114年03月04日 當日可借券賣出股數",
    "fields": ["證券代號", "可借券賣出股數"] * 2,
    "data": [
        ["<a href='x'>0050</a>", "2,949,076", "<a href='x'>006201</a>", "10,212"],
        ["<a href='x'>2330</a>", "3,399,967", "", ""],
    ],
}
OPEN_DATA = [
    {
        "TWSECode": "0050",
        "TWSEAvailableVolume": "2,949,076",
        "GRETAICode": "006201",
        "GRETAIAvailableVolume": "10,212",
    },
    {
        "TWSECode": "2330",
        "TWSEAvailableVolume": "3,399,967",
        "GRETAICode": "",
        "GRETAIAvailableVolume": "",
    },
]


@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_may_be_sold_today(ascii_only: bool, tmp_path: Path) -> None:
    expected = {"0050": 2_949_076, "006201": 10_212, "2330": 3_399_967}
    data = json.dumps(TWT96U, ensure_ascii=ascii_only).encode()
    parsed = parse_twse(data)
    ((_, snapshot),) = parsed.snapshots
    assert limits(parsed) == expected
    assert (snapshot.session, snapshot.kind, snapshot.venue, parsed.rows_read) == (
        TUESDAY,
        "daily_flow",
        "",
        3,
    )
    assert from_instant(snapshot.as_of, Market.TAIWAN) == datetime(2025, 3, 4)
    import_source("twse", data, data_folder=tmp_path)
    provider = LocalDiskShortableProvider("twse", tmp_path)
    assert provider.shortable_quantity("006201.TWO", datetime(2025, 3, 4, 9)) == 10_212
    with pytest.raises(NeedsError, match="no date stands in it: give `session='DATE'`"):
        parse_twse(json.dumps(OPEN_DATA).encode())
    open_data = parse_twse(
        json.dumps(OPEN_DATA).encode(), session="2025-03-04", published="2025-03-04 08:00"
    )
    assert limits(open_data) == expected
    assert from_instant(open_data.snapshots[0][1].as_of, Market.TAIWAN) == datetime(2025, 3, 4, 8)
    with pytest.raises(
        ImportRefusedError, match="its title says 2025-03-04, and session=2025-03-05"
    ):
        parse_twse(data, session="2025-03-05")


def test_volumes_that_cannot_be_read_leave_their_symbol_unknown() -> None:
    odd = {**TWT96U, "data": [["2330", "1", "2317", "x"], ["2330", "2", "", "3"]]}
    parsed = parse_twse(json.dumps(odd).encode())
    assert [r.reason for r in parsed.rejects] == [
        "volume 'x' is no number of shares",
        "2330 is stated twice",
        "code '' is not 4 to 7 digits and letters",
    ]
    assert parsed.snapshots[0][1].unreadable == ("2317",)
    with pytest.raises(ImportRefusedError, match="row 1 is no list of pairs"):
        parse_twse(json.dumps({**TWT96U, "data": [["2330"]]}).encode())


def known_rows(data: bytes) -> set[tuple[str, ...]]:
    """Every list of 15 cells that a file holds, by a reading of its own."""
    found = set()
    for encoding in ("utf-8", "cp950"):
        text = unicodedata.normalize("NFKC", data.decode(encoding, errors="replace"))
        # Line by line, and whole: a cell with a quote of its own may go on over lines.
        for lines in (*([line] for line in text.splitlines()), text.splitlines(keepends=True)):
            for cells in filter(None, csv.reader(lines)):
                found.add(tuple(c.strip('=" \t') for c in (*cells[:1], *cells[2:14])))
    return found


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(damaged(csv_list(MONDAY, *LINES)))
def test_a_damaged_csv_is_refused_or_every_row_is_accounted_for(data: bytes) -> None:
    try:
        parsed = parse_twse(data)
    except ImportRefusedError:
        return
    account_for(parsed, known_rows(data))


def account_for(parsed: Any, known: set[tuple[str, ...]]) -> None:
    stored = limits(parsed) if parsed.snapshots else {}
    assert parsed.rows_read == len(stored) + len(parsed.rejects) + sum(parsed.passed_over.values())
    if not stored:
        return
    borrowed, margin = balances(parsed, "borrowed"), balances(parsed, "margin")
    places = ("previous", "sold", "covered", "repaid", "balance", "limit")
    for symbol, limit in stored.items():
        m, b = margin[symbol], borrowed[symbol]
        numbers = [m[name] for name in places] + [
            b[name] for name in ("previous", "sold", "covered", "adjusted", "balance")
        ]
        found = [
            k
            for k in known
            if k[0] == symbol and [share_count(cell) for cell in k[1:]] == [*numbers, limit]
        ]
        assert found, symbol


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(["twse", "wrapped", "tpex"]), st.data())
def test_a_damaged_json_is_refused_or_every_row_is_accounted_for(
    shape: str, data: st.DataObject
) -> None:
    text = {
        "twse": twse_json(MONDAY, *LINES),
        "wrapped": twse_json(MONDAY, *LINES, wrapped=True),
        "tpex": tpex_json(MONDAY, *LINES),
    }[shape]
    document = data.draw(damaged_json(json.loads(text)))
    encoded = json.dumps(document).encode("utf-8", "surrogatepass")
    try:
        parsed = (parse_tpex if shape == "tpex" else parse_twse)(encoded)
    except (ImportRefusedError, NeedsError):
        return
    account_for(parsed, set(every_row(document)))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from([TWT96U, OPEN_DATA]), st.data())
def test_damaged_volumes_are_refused_or_every_row_is_accounted_for(
    given_: Any, data: st.DataObject
) -> None:
    document = data.draw(damaged_json(given_))
    text = json.dumps(document, ensure_ascii=False)
    try:
        parsed = parse_twse(text.encode("utf-8", "surrogatepass"), session="2025-03-04")
    except (ImportRefusedError, NeedsError):
        return
    if not parsed.snapshots:
        return
    stored = limits(parsed)
    assert parsed.rows_read == len(stored) + len(parsed.rejects) + sum(parsed.passed_over.values())
    assert all(code in text and str(n) in text.replace(",", "") for code, n in stored.items())


def every_row(value: Any) -> Any:
    if isinstance(value, dict):
        for one in value.values():
            yield from every_row(one)
    elif isinstance(value, list):
        if len(value) == 15 and not any(isinstance(cell, (list, dict)) for cell in value):
            texts = ("" if cell is None else str(cell) for cell in value)
            plain = [unicodedata.normalize("NFKC", text).strip('=" ') for text in texts]
            yield (plain[0], *plain[2:14])
        for one in value:
            yield from every_row(one)


def test_the_declarations() -> None:
    for name in ("twse", "tpex"):
        source = SOURCES[name]
        assert (source.default_broker, source.market, source.has_broker) == (
            name,
            Market.TAIWAN,
            True,
        )
