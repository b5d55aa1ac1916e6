"""Generated short stock files: what was written is what is read, and vectorised is one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from shortable.clock import from_instant
from shortable.errors import SymbolError
from shortable.importers import values
from shortable.importers.sources.interactive_brokers import parse_file
from shortable.symbol import Market, Symbol, canonical_ticker

NAMES = ["SYM", "CUR", "NAME", "CON", "ISIN", "REBATERATE", "FEERATE", "AVAILABLE", "FIGI"]


@dataclass(frozen=True)
class Row:
    symbol: str
    currency: str
    rebate: int | None  # ten-thousandths of a percent, as the vendor prints them
    fee: int | None
    quantity: int
    floor: bool

    def cell(self, name: str) -> str:
        return {
            "SYM": self.symbol,
            "CUR": self.currency,
            "REBATERATE": percent(self.rebate),
            "FEERATE": percent(self.fee),
            "AVAILABLE": (">" if self.floor else "") + str(self.quantity),
            "NAME": 'AT&amp;T "A, INC',
        }.get(name, "x")


def percent(rate: int | None) -> str:
    if rate is None:
        return "NA"
    return f"{'-' * (rate < 0)}{abs(rate) // 10_000}.{abs(rate) % 10_000:04d}"


rate = st.none() | st.integers(-50_000_000, 50_000_000)
rows = st.lists(
    st.builds(
        Row,
        symbol=st.from_regex(r"[A-Z0-9]{1,5}([ ./][A-Z]{1,3})?", fullmatch=True),
        currency=st.sampled_from(["USD", "CAD", "EUR"]),
        rebate=rate,
        fee=rate,
        quantity=st.integers(1, 10**12),
        floor=st.booleans(),
    ),
    min_size=1,
    max_size=30,
)
times = st.datetimes(datetime(2010, 1, 1), datetime(2035, 12, 31)).map(
    lambda t: t.replace(microsecond=0)
)


def usable(symbol: str) -> str | None:
    """Say one by one what the vectorised reader says: the canonical ticker, if it is looked up as itself."""
    try:
        ticker = canonical_ticker(symbol)
    except SymbolError:
        return None
    try:  # the file says the market: only a country code in the ticker itself is in the way
        read = Symbol.create(ticker, market=Market.USA)
    except SymbolError:
        return None
    # Preferred shares have one spelling: "A PA" is A.PRA.
    return read.ticker if read.ticker == ticker or ".PR" in read.ticker else None


@given(
    rows=rows,
    when=times,
    end=st.sampled_from(["\n", "\r\n"]),
    names=st.permutations(NAMES),
    data=st.data(),
)
def test_a_generated_file_is_read_back_row_by_row(
    rows: list[Row], when: datetime, end: str, names: list[str], data: st.DataObject
) -> None:
    """S7: percent becomes fraction once; every row is stored or rejected; the snapshot is complete (S3)."""
    if from_instant_fails(when):
        when += timedelta(hours=1)
    lines = [f"#BOF|{when:%Y.%m.%d|%H:%M:%S}", "#" + "|".join(names) + "|"]
    lines += ["|".join(row.cell(name) for name in names) + "|" for row in rows]
    text = end.join([*lines, f"#EOF|{len(rows)}"]) + data.draw(st.sampled_from(["", end]))
    expected: dict[tuple[str, str], tuple[int, bool, float | None, float | None]] = {}
    rejected = []
    for number, row in enumerate(rows, 3):
        ticker = usable(row.symbol)
        if ticker is None or (ticker, row.currency) in expected:
            rejected.append(number)
            continue
        fee = None if row.fee is None else row.fee / 1_000_000
        rebate = None if row.rebate is None else row.rebate / 1_000_000
        expected[ticker, row.currency] = (row.quantity, row.floor, fee, rebate)
    if not expected:
        return
    parsed = parse_file(text.encode())
    ((_, snapshot),) = parsed.snapshots
    got = {
        (r["symbol"], r["currency"]): (
            r["quantity"],
            r["quantity_is_floor"],
            r["fee_rate"],
            r["rebate_rate"],
        )
        for r in snapshot.table.to_pylist()
    }
    assert got == expected
    assert list(got) == sorted(got)
    assert [reject.line for reject in parsed.rejects] == rejected
    assert parsed.rows_read == len(rows)
    assert snapshot.complete
    assert from_instant(snapshot.as_of) == when


def from_instant_fails(when: datetime) -> bool:
    """Say whether New York's clock skips that hour: then the file is refused, which is tested elsewhere."""
    from shortable.clock import published_instant
    from shortable.errors import TimeError

    try:
        published_instant(when)
    except TimeError:
        return True
    return False


any_ticker = (
    st.text(alphabet="ABCPRUSHKp 0123456789./-+=^*&_@#aé", min_size=0, max_size=8)
    | st.from_regex(r"[A-Za-z]{1,6}[ ./-]?[A-Za-z0-9]{0,4}", fullmatch=True)
    | st.text(max_size=6)
)


@given(texts=st.lists(any_ticker, max_size=40))
def test_vectorised_tickers_are_those_of_canonical_ticker(texts: list[str]) -> None:
    read = values.tickers(pa.array(texts, pa.string()), Market.USA)
    assert read.values.to_pylist() == [usable(text) for text in texts]
    assert sorted(read.bad) == [row for row, text in enumerate(texts) if usable(text) is None]


@given(
    texts=st.lists(st.from_regex(r"0{0,3}[1-9][0-9]{0,4}|[A-Z]{1,4}", fullmatch=True), max_size=20)
)
def test_vectorised_hong_kong_codes_are_those_of_symbol(texts: list[str]) -> None:
    read = values.tickers(pa.array(texts, pa.string()), Market.HKEX)
    assert read.values.to_pylist() == [
        Symbol.create(text, market=Market.HKEX).ticker for text in texts
    ]


@given(rates=st.lists(st.none() | st.integers(-(10**10), 10**10), max_size=40))
def test_percent_becomes_the_nearest_fraction(rates: list[int | None]) -> None:
    """S7: 5.8577 % is the number nearest to 0.058577, not 5.8577 / 100 in binary."""
    read = values.rates(
        pa.array([percent(rate) for rate in rates], pa.string()), name="FEERATE", per_unit=100
    )
    shown = [
        f"{'-' * (r < 0)}0.{abs(r):06d}" if r is not None and abs(r) < 10**6 else None
        for r in rates
    ]
    got = read.array().to_pylist()
    assert [r is None for r in rates] == [value is None for value in got]
    assert all(
        float(text) == value for text, value in zip(shown, got, strict=True) if text is not None
    )
    assert all(r / 10**6 == value for r, value in zip(rates, got, strict=True) if r is not None)
