"""The datasets that sources of short selling state beside availability and short interest, each declared once.

Every column says its unit. A figure that a source does not state is null, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from shortable.errors import InvalidInputError
from shortable.store.dataset import Column, Dataset
from shortable.store.short_interest import SHORT_INTEREST

__all__ = [
    "DATASETS",
    "FAILS",
    "LENDING",
    "NET_SHORT",
    "RESTRICTIONS",
    "SHORT_BALANCES",
    "SHORT_VOLUME",
    "WHOLE_LIST",
    "dataset_named",
]

WHOLE_LIST = "*"
"""In `RESTRICTIONS`, the symbol of the row that says that a day's list was whole; no ticker is spelled so."""

_SHARES, _NUMBER, _TEXT = pa.int64(), pa.float64(), pa.string()
_SYMBOL = Column(
    "symbol", _TEXT, "canonical ticker without market, or the source's own key such as an ISIN"
)
_DATE = Column("date", pa.date32(), "date of the figures on the exchange's calendar")
_NOTE = Column("note", _TEXT, "what the source remarks; null: nothing")

SHORT_BALANCES = Dataset(
    "short_balances",
    key=(
        _SYMBOL,
        _DATE,
        Column(
            "book",
            _TEXT,
            "whose balance: borrowed (lent shares sold short), margin (sold short on margin), stock_loan (lent to margin "
            "short sellers), margin_loan (financed purchases), on_loan (all loans), on_loan:SERIES; "
            "loan and margin where a source names its two balances no better",
        ),
    ),
    values=(
        Column("balance", _SHARES, "shares at the end of the day", nullable=False, combine="sum"),
        Column(
            "previous",
            _SHARES,
            "balance at the end of the session before, as the source states it",
            combine="sum",
        ),
        Column("sold", _SHARES, "shares newly sold short, or lent, that day", combine="sum"),
        Column("covered", _SHARES, "shares bought back or returned that day", combine="sum"),
        Column(
            "repaid", _SHARES, "shares repaid in stock that day, beside `covered`", combine="sum"
        ),
        Column(
            "adjusted",
            _SHARES,
            "transfers between books and corrections that day, signed",
            combine="sum",
        ),
        Column(
            "change",
            _SHARES,
            "balance less that of the session before, as the source states it",
            combine="sum",
        ),
        Column(
            "value", _NUMBER, "market value of the balance, in the market's currency", combine="sum"
        ),
        Column("limit", _SHARES, "shares at which the source stops new short sales"),
        _NOTE,
    ),
)
"""What is short or on loan, by symbol, day and book. Never what can be borrowed."""

SHORT_VOLUME = Dataset(
    "short_volume",
    key=(_SYMBOL, _DATE, Column("venue", _TEXT, "where it was traded, as the source names it")),
    values=(
        Column(
            "short_volume",
            _NUMBER,
            "shares sold short that day, fractions included",
            nullable=False,
            combine="sum",
        ),
        Column(
            "exempt_volume", _NUMBER, "of these, shares exempt from the price test", combine="sum"
        ),
        Column("total_volume", _NUMBER, "shares traded that day, long and short", combine="sum"),
        Column(
            "value",
            _NUMBER,
            "turnover of the short sales, in the currency of the counter",
            combine="sum",
        ),
        _NOTE,
    ),
)
"""Shares sold short in one day: a flow, and no balance."""

LENDING = Dataset(
    "lending",
    key=(
        _SYMBOL,
        _DATE,
        Column(
            "contract",
            _TEXT,
            "what tells loans of one symbol and day apart: type, rate, term, series",
        ),
    ),
    values=(
        Column("shares", _SHARES, "shares lent that day; 0: the rates are older", combine="sum"),
        Column(
            "fee_rate", _NUMBER, "annual fraction paid by the borrower, average", combine="mean"
        ),
        Column("fee_rate_min", _NUMBER, "annual fraction, lowest", combine="min"),
        Column("fee_rate_max", _NUMBER, "annual fraction, highest", combine="max"),
        Column(
            "lender_rate",
            _NUMBER,
            "annual fraction received by the lender, average",
            combine="mean",
        ),
        Column("lender_rate_min", _NUMBER, "annual fraction, lowest", combine="min"),
        Column("lender_rate_max", _NUMBER, "annual fraction, highest", combine="max"),
        Column(
            "fee_per_share", _NUMBER, "in the market's currency a share for the whole term, average"
        ),
        Column("fee_per_share_min", _NUMBER, "as fee_per_share, lowest"),
        Column(
            "fee_per_share_max",
            _NUMBER,
            "as fee_per_share, highest, or the highest that may be charged",
        ),
        Column("fee_days", _SHARES, "calendar days that fee_per_share covers in all"),
        Column("until", pa.date32(), "last day of the loan"),
        Column("price", _NUMBER, "price of a share by which the loan is reckoned, same currency"),
        Column(
            "value",
            _NUMBER,
            "market value of the shares lent, in the market's currency",
            combine="sum",
        ),
        Column(
            "fees", _NUMBER, "fees of the loans in total, in the market's currency", combine="sum"
        ),
        Column("trades", _SHARES, "contracts or trades", combine="sum"),
        _NOTE,
    ),
    weight="shares",
)
"""What loans of shares cost. Rates are annual fractions; a fee a share is for the whole term, never a day's."""

FAILS = Dataset(
    "fails_to_deliver",
    key=(_SYMBOL, _DATE, Column("cusip", _TEXT, "CUSIP; one symbol can have two on one day")),
    values=(
        Column(
            "shares",
            _SHARES,
            "shares that were not delivered, in total, that day",
            nullable=False,
            combine="sum",
        ),
        Column(
            "price",
            _NUMBER,
            "closing price of the day before, in the market's currency; null: none",
            combine="mean",
        ),
        _NOTE,
    ),
    weight="shares",
)
"""Fails to deliver at the end of a settlement day: a balance of shares, not a flow."""

NET_SHORT = Dataset(
    "net_short_positions",
    key=(
        _SYMBOL,
        _DATE,
        Column("holder", _TEXT, "who holds the position; empty: all holders together"),
    ),
    values=(
        Column(
            "fraction",
            _NUMBER,
            "of the issued shares, 0.005 is 0.5 %; 0 ends a position",
            combine="sum",
        ),
        Column("shares", _SHARES, "shares", combine="sum"),
        Column("issued", _SHARES, "shares in issue, as the source states them", combine="max"),
        _NOTE,
    ),
    stands=True,
)
"""Net short positions that must be disclosed: by holder, a lower bound of the whole, and never what can be borrowed."""

RESTRICTIONS = Dataset(
    "restrictions",
    key=(_SYMBOL, _DATE, Column("rule", _TEXT, "which rule or list, such as regsho_threshold")),
    values=(
        Column("until", pa.date32(), "last day in force; null: until further notice"),
        _NOTE,
    ),
)
"""Rules that bar short sales or bind them: a row is in force from `date` to `until`, both included.

A list that a source publishes whole each day also has a row of the symbol ``"*"`` for that day: then a symbol without a row
is known not to be listed (S3).
"""

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        SHORT_INTEREST,
        SHORT_BALANCES,
        SHORT_VOLUME,
        LENDING,
        FAILS,
        NET_SHORT,
        RESTRICTIONS,
    )
}
"""All datasets, by name."""


def dataset_named(name: str | Dataset) -> Dataset:
    """Return a dataset by its name.

    Raises
    ------
    InvalidInputError
        There is none of that name.

    Examples
    --------
    >>> dataset_named("lending").schema.names[:3]
    ['symbol', 'date', 'contract']
    """
    if isinstance(name, Dataset):
        return name
    if not isinstance(name, str) or name not in DATASETS:
        raise InvalidInputError("dataset", name, f"be one of {', '.join(DATASETS)}")
    return DATASETS[name]
