"""Generated LEAN folders against a model that knows one (day, symbol) at a time."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shortable.clock import from_instant
from shortable.importers.sources.lean import parse_lean

DAYS = [date(2020, 12, 21) + timedelta(days=n) for n in range(4)]
cell = st.sampled_from([("10", 10), ("0", 0), ("", None), ("250", 250)])
statement = st.tuples(cell, st.sampled_from(["", ",", ",1.5", ",1.5,0.25", ",,0.25"]))
RATES = {
    "": (None, None),
    ",": (None, None),
    ",1.5": (0.015, None),
    ",1.5,0.25": (0.015, 0.0025),
    ",,0.25": (None, 0.0025),
}
layout = st.dictionaries(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(["aapl", "na", "brk.b"])),
    statement,
    max_size=10,
)

Said = tuple[int | None, float | None, float | None]


def said(one: tuple[tuple[str, int | None], str]) -> Said:
    return (one[0][1], *RATES[one[1]])


@given(
    dates=layout, symbols=layout, header=st.booleans(), upper=st.booleans(), newline=st.booleans()
)
def test_both_layouts_say_together_what_they_say_apart(
    dates: dict[tuple[date, str], tuple[tuple[str, int | None], str]],
    symbols: dict[tuple[date, str], tuple[tuple[str, int | None], str]],
    header: bool,
    upper: bool,
    newline: bool,
) -> None:
    """S2: a day counts from its local midnight. S3: dates/ is complete, symbols/ alone is not."""
    if not dates and not symbols:
        return
    files: dict[str, list[str]] = {}
    for (day, ticker), ((quantity, _), rest) in sorted(dates.items()):
        lines = files.setdefault(
            f"dates/{day:%Y%m%d}.csv", ["#SYM,AVAILABLE,REBATERATE,FEERATE"] if header else []
        )
        lines.append(f"{ticker.upper() if upper else ticker},{quantity}{rest}")
    for (day, ticker), ((quantity, _), rest) in sorted(symbols.items(), reverse=True):
        lines = files.setdefault(
            f"symbols/{ticker}.csv", ["#DATE,AVAILABLE,REBATERATE,FEERATE"] if header else []
        )
        lines.append(f"{day:%Y%m%d},{quantity}{rest}")
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("\n".join(lines) + "\n" * newline)
        parsed = parse_lean(folder, broker="axos")
    expected: dict[tuple[date, str], Said] = {key: said(one) for key, one in dates.items()}
    repeated = rejected = 0
    for key, one in symbols.items():
        if key not in expected:
            expected[key] = said(one)
        elif said(one) == expected[key]:
            repeated += 1
        else:
            rejected += 1
    got = {
        (from_instant(snapshot.as_of), r["symbol"].lower()): (
            r["quantity"],
            r["rebate_rate"],
            r["fee_rate"],
        )
        for _, snapshot in parsed.snapshots
        for r in snapshot.table.to_pylist()
    }
    assert got == {
        (datetime(d.year, d.month, d.day), ticker): one for (d, ticker), one in expected.items()
    }
    listed = {day for day, _ in dates}
    assert all(s.complete == (from_instant(s.as_of).date() in listed) for _, s in parsed.snapshots)
    assert (len(parsed.rejects), parsed.passed_over.get("repeated in symbols/", 0)) == (
        rejected,
        repeated,
    )
    assert parsed.rows_read == len(dates) + len(symbols)
