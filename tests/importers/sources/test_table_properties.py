"""Generated tables: every row is stored once or rejected once, whatever form the table has."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from shortable.clock import published_instant
from shortable.importers.sources.table import parse_table

START = datetime(2024, 1, 2, 9, 30)
rows = st.lists(
    st.tuples(
        st.sampled_from(
            ["NA", "NAN", "TRUE", "CON", "GME", "BRK B", "brk.b", "700.HK", "RY.CA", "?", ""]
        ),
        st.integers(0, 3).map(lambda n: START + timedelta(minutes=15 * n)),
        st.sampled_from(["0", "100", ">10000000", "-1", "2.5", "nan", ""]),
        st.sampled_from(["0.25", "-1.5", "", "x"]),
    ),
    min_size=1,
    max_size=25,
)


def written_by_hand(
    table: list[tuple[str, datetime, str, str]],
) -> tuple[dict[tuple[str, str, int], tuple[int, bool, float | None]], list[int]]:
    """Read row by row, as a person would: what is stored, and which rows are not."""
    names = {
        "BRK B": ("usa", "BRK.B"),
        "brk.b": ("usa", "BRK.B"),
        "700.HK": ("hkex", "700"),
        "RY.CA": ("canada", "RY"),
    }
    zones = {"usa": "America/New_York", "hkex": "Asia/Hong_Kong", "canada": "America/Toronto"}
    counts = {"0": (0, False), "100": (100, False), ">10000000": (10_000_000, True)}
    stored: dict[tuple[str, str, int], tuple[int, bool, float | None]] = {}
    rejected = []
    for number, (symbol, when, quantity, fee) in enumerate(table):
        market, ticker = names.get(symbol, ("usa", symbol))
        key = (market, ticker, published_instant(when, time_zone=zones[market]))
        if symbol in ("?", "") or quantity not in counts or fee == "x" or key in stored:
            rejected.append(number)
        else:
            stored[key] = (*counts[quantity], {"0.25": 0.0025, "-1.5": -0.015, "": None}[fee])
    return stored, rejected


@given(table=rows, form=st.sampled_from(["csv", "frame", "parquet"]), complete=st.booleans())
def test_a_generated_table_is_read_back_row_by_row(
    table: list[tuple[str, datetime, str, str]], form: str, complete: bool
) -> None:
    expected, rejected = written_by_hand(table)
    if not expected:
        return
    frame = pd.DataFrame(table, columns=["symbol", "time", "quantity", "fee_rate"]).astype(
        {"symbol": "str", "quantity": "str"}
    )
    source: bytes | pd.DataFrame = frame
    first_line = 1
    if form == "csv":
        source, first_line = frame.to_csv(index=False).encode(), 2
    elif form == "parquet":
        file = io.BytesIO()
        frame.to_parquet(file)
        source = file.getvalue()
    parsed = parse_table(source, rates="percent", complete=complete)
    got = {
        (market.value, r["symbol"], snapshot.as_of): (
            r["quantity"],
            r["quantity_is_floor"],
            r["fee_rate"],
        )
        for market, snapshot in parsed.snapshots
        for r in snapshot.table.to_pylist()
    }
    assert got == expected
    assert [reject.line - first_line for reject in parsed.rejects] == rejected
    assert parsed.rows_read == len(table) == len(got) + len(rejected)
    assert all(snapshot.complete == complete for _, snapshot in parsed.snapshots)
