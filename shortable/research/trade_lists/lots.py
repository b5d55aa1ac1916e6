"""How many shares a lot is: MetaTrader states volumes in lots, and their size follows from the profits."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["contract_sizes"]

_CENTS, _SHARE = 0.015, 0.001
"""How far a profit may lie from what a whole size would have made: it is rounded, and so are average prices."""


def contract_sizes(
    fills: pd.DataFrame, given: float | None, source: str, *, round_trips: bool
) -> dict[Symbol, float]:
    """Return shares a lot by symbol: profit / (price difference × volume).

    Parameters
    ----------
    fills : DataFrame
        row, symbol, quantity (lots), price, profit, in the order in which they happened.
    given : float, optional
        What the caller says; for all symbols.
    source : str
        Name of the list, for messages.
    round_trips : bool
        Whether a row's two fills have their profit; else a closing deal has it.

    Raises
    ------
    InvalidInputError
        It does not follow from the profits of some symbol.
    """
    symbols = list(dict.fromkeys(fills["symbol"].tolist()))
    if given is not None:
        if not (np.isfinite(given) and given > 0):
            raise InvalidInputError("contract_size", given, "be finite and above 0")
        return dict.fromkeys(symbols, float(given))
    moved = _moves_of_rows(fills) if round_trips else _moves_of_deals(fills)
    sizes: dict[Symbol, float] = {}
    for symbol in symbols:
        found = [(move, profit) for move, profit in moved[symbol] if move and abs(profit) > 0]
        size = round(float(np.median([profit / move for move, profit in found]))) if found else 0
        if size >= 1 and all(
            abs(profit - size * move) < _CENTS + _SHARE * abs(profit) for move, profit in found
        ):
            sizes[symbol] = float(size)
    unknown = [str(symbol) for symbol in symbols if symbol not in sizes]
    if unknown:
        raise InvalidInputError(
            "contract_size",
            None,
            f"be given: {source} counts lots, and how many shares one is does not follow from the profits of "
            f"{', '.join(unknown[:5])}",
            "Say it by contract_size= (--contract-size); 1 where volumes are shares.",
        )
    return sizes


def _moves_of_rows(fills: pd.DataFrame) -> dict[Symbol, list[tuple[float, float]]]:
    moved: dict[Symbol, list[tuple[float, float]]] = defaultdict(list)
    for _, legs in fills.groupby("row", sort=False):
        if len(legs) == 2:
            # What a lot of one share would have made.
            move = -float((legs["quantity"] * legs["price"]).sum())
            moved[legs["symbol"].iloc[0]].append((move, float(legs["profit"].iloc[0])))
    return moved


def _moves_of_deals(fills: pd.DataFrame) -> dict[Symbol, list[tuple[float, float]]]:
    moved: dict[Symbol, list[tuple[float, float]]] = defaultdict(list)
    held: dict[Symbol, float] = defaultdict(float)
    average: dict[Symbol, float] = defaultdict(float)
    columns = (fills[n].tolist() for n in ("symbol", "quantity", "price", "profit"))
    for symbol, quantity, price, profit in zip(*columns, strict=True):
        before = held[symbol]
        if before * quantity >= 0:
            average[symbol] = (average[symbol] * before + price * quantity) / (before + quantity)
        else:
            closed = np.sign(before) * min(abs(before), abs(quantity))
            moved[symbol].append((float(closed * (price - average[symbol])), float(profit)))
            if abs(quantity) > abs(before):
                average[symbol] = price
        held[symbol] = before + quantity
    return moved
