"""On which share basis prices are (S11): stated, read off their shape, or assumed and reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from shortable.errors import MarketDataError
from shortable.market_data.price_table import PriceTable

__all__ = ["Basis", "basis_of", "check_basis", "check_share_basis"]

Basis = Literal["raw", "split_adjusted", "total_return"]
"""``"raw"``: as traded on the day. ``"split_adjusted"``: restated for later splits. ``"total_return"``: restated for
later splits and dividends."""

_TOTAL_RETURN = (
    "Download them with auto_adjust=False: Close is then adjusted for splits alone. If they are as traded, say "
    "basis='raw'; if they are adjusted for splits alone, say basis='split_adjusted'."
)


def check_basis(basis: object) -> Basis | None:
    """Return `basis` where it is one of the three, or None.

    Raises
    ------
    MarketDataError
        It is anything else.
    """
    if basis is None or (isinstance(basis, str) and basis in get_args(Basis)):
        return basis  # type: ignore[return-value]  # mypy does not narrow by get_args
    raise MarketDataError("basis", basis, "be 'raw', 'split_adjusted' or 'total_return'")


def basis_of(tables: Sequence[PriceTable], stated: Basis | None) -> tuple[Basis, str]:
    """Return the basis of some tables together, and what was assumed about it, or an empty text.

    A close beside an adjusted close is split-adjusted, as Yahoo's is (`PriceTable.adjusted_beside`). A table of yfinance's shape without an adjusted
    close is total return, because that is what yfinance gives unless it is asked otherwise.

    Raises
    ------
    MarketDataError
        Some tables are on one basis and some on another, and `stated` is None.
    """
    if stated is not None:
        return stated, ""
    priced = [t for t in tables if "close" in t.columns]
    adjusted = [t.name for t in priced if t.adjusted_beside]
    total = [t.name for t in priced if t.from_yahoo and not t.adjusted_beside]
    if adjusted and total:
        raise MarketDataError(
            "basis",
            f"split_adjusted for {adjusted[0]}, total_return for {total[0]}",
            "be one for all prices",
            "One has a column Adj Close and the other does not. Download all of them with auto_adjust=False, or say "
            "basis=.",
        )
    if total:
        return "total_return", ""
    if adjusted:
        rest = len(priced) - len(adjusted)
        note = f"prices of {rest} of {len(priced)} tables assumed split-adjusted, as the others are"
        return "split_adjusted", note if rest else ""
    return "raw", "prices assumed raw, as traded on the day: no basis was stated (basis=)"


def check_share_basis(basis: Basis, source: str) -> None:
    """Refuse prices that cannot be compared with shares (S11).

    Parameters
    ----------
    basis : {"raw", "split_adjusted", "total_return"}
    source : str
        Where the prices come from, for the message.

    Raises
    ------
    MarketDataError
        The prices are total return.
    """
    if basis == "total_return":
        raise MarketDataError(
            "basis",
            basis,
            f"be 'raw' or 'split_adjusted' where shares are counted, and the prices of {source} are restated for "
            "dividends too",
            _TOTAL_RETURN,
        )
