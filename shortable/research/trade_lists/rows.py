"""A list's rows to fills: what was filled, at what price, bought or sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Array, Floats
from shortable.errors import InvalidInputError
from shortable.research.trade_lists.columns import Columns
from shortable.research.trade_lists.dates import joined
from shortable.research.trade_lists.instruments import kind_of, kind_of_class
from shortable.research.trade_lists.numbers import Decimal, numbers
from shortable.research.trade_lists.sides import (
    SideWord,
    is_no_trade,
    read_effects,
    read_sides,
    words_of,
)

__all__ = ["Rows", "fills_of", "round_trips_of"]


_FILLED = words_of(
    "filled|completed|complete|closed|executed|done|fill|3|full|fully filled|全部成交|已成|已成交|成交|完全成交"
)
_PARTLY = words_of(
    "partiallyfilled|partially filled|partial|partial fill|partly filled|partial filled|2|部分成交|部成|部分成交已撤|部撤"
)
_NOT_FILLED = words_of(
    "canceled|cancelled|canceledorder|rejected|expired|invalid|none|new|submitted|pending|accepted|working|open|"
    "pending new|pending cancel|done for day|replaced|suspended|denied|held|stopped|initialized|presubmitted|"
    "inactive|deleted|failed|margin|0|1|4|5|6|7|已撤|已撤单|撤单|未成交|废单|待成交|已报|已拒绝|全撤"
)
_ENTRY_ONLY = frozenset({"open", "opened", "持仓"})


@dataclass(slots=True)
class Rows:
    """Fills as the list has them, and the rows that are none."""

    fills: pd.DataFrame
    """row, time (as written), symbol (as written), quantity (signed), price, commission, effect, position."""
    skipped: dict[int, str] = field(default_factory=dict)
    """Row to the reason."""
    set_aside: dict[int, str] = field(default_factory=dict)
    """Row to what it trades: option, currency, future, coin, …"""


def fills_of(table: pd.DataFrame, columns: Columns, decimal: Decimal, source: str) -> Rows:
    """Read a list whose rows are fills, or orders with what was filled of them.

    Raises
    ------
    InvalidInputError
        A word is not known, or a row contradicts itself.
    """
    at, skipped = columns.at, _other_rows(table, columns)
    set_aside = _set_aside(table, at, skipped)
    quantity = numbers(table[at["quantity"]], decimal)
    price = numbers(table[at["price"]], decimal)
    if "fill_price" in at:
        filled_at = numbers(table[at["fill_price"]], decimal)
        price = np.where(np.isnan(filled_at) | (filled_at == 0), price, filled_at)
    _skip_what_is_no_trade(table, at, quantity, price, skipped)
    quantity = _filled(table, at, quantity, decimal, skipped, set_aside, source)
    _skip_open_exits(table, at, skipped)
    counted = _counted(len(table), skipped, set_aside)
    effects = _effects(table, at, counted, source)
    words = _sides(table, at, counted, source)
    position = _positions(table, at, decimal)
    signed, effects = _signed(quantity, words, effects, counted, position, table, at, source)
    fills = pd.DataFrame(
        {
            "row": np.arange(len(table)),
            "time": _when(table, at),
            "symbol": table[at["symbol"]].to_numpy() if "symbol" in at else None,
            "quantity": signed,
            "price": price,
            "commission": _commissions(table, at, decimal, counted),
            "effect": effects,
            "position": position,
            "profit": numbers(table[at["profit"]], decimal) if "profit" in at else np.nan,
        }
    )
    return Rows(fills, skipped, set_aside)


def round_trips_of(table: pd.DataFrame, columns: Columns, decimal: Decimal, source: str) -> Rows:
    """Read a list whose rows are an entry and an exit each: two fills a row, one where it has not been closed.

    Raises
    ------
    InvalidInputError
        A word is not known, or a row contradicts itself.
    """
    at, skipped = columns.at, _other_rows(table, columns)
    set_aside = _set_aside(table, at, skipped)
    quantity = numbers(table[at["quantity"]], decimal)
    entry, exit_ = (numbers(table[at[role]], decimal) for role in ("entry_price", "exit_price"))
    _skip_what_is_no_trade(table, at, quantity, entry, skipped)
    counted = _counted(len(table), skipped, set_aside)
    words = _sides(table, at, counted, source)
    no_effects = np.full(len(table), "", dtype=object)
    signed, _ = _signed(
        quantity, words, no_effects, counted, np.full(len(table), np.nan), table, at, source
    )
    commission = _commissions(table, at, decimal, counted)
    exit_commission = (
        np.abs(np.nan_to_num(numbers(table[at["exit_commission"]], decimal)))
        if "exit_commission" in at
        else np.zeros(len(table))
    )
    exits = table[at["exit_time"]].astype(str).str.strip().str.lower()
    is_open = exits.isin({"", "nat", "nan", "none", "<na>"}).to_numpy() | ~(exit_ > 0)
    if "status" in at:
        is_open |= _lower(table[at["status"]]).isin(_ENTRY_ONLY).to_numpy()
    row = np.arange(len(table))
    profit = numbers(table[at["profit"]], decimal) if "profit" in at else np.nan
    names = table[at["symbol"]].to_numpy() if "symbol" in at else None
    legs = [
        pd.DataFrame(
            {
                "row": row,
                "time": table[at[time]].to_numpy(),
                "symbol": names,
                "quantity": sign * signed,
                "price": price,
                "commission": cost,
                "effect": effect,
                "position": np.nan,
                "profit": profit,
            }
        )
        for sign, time, price, cost, effect in (
            (1, "entry_time", entry, commission, "open"),
            (-1, "exit_time", exit_, exit_commission, "close"),
        )
    ]
    fills: pd.DataFrame = pd.concat([legs[0], legs[1][~is_open]], ignore_index=True)
    return Rows(fills, skipped, set_aside)


def _other_rows(table: pd.DataFrame, columns: Columns) -> dict[int, str]:
    """Return rows that repeat others in another form: totals, lots, orders beside their executions."""
    skipped: dict[int, str] = {}
    for column, kept in columns.keep.items():
        words = _lower(table[column])
        # Where executions stand beside their orders, the orders repeat them.
        details = words.isin({"execution", "trade"})
        chosen = kept - {"order"} if details.any() else kept
        for row in np.flatnonzero(~words.isin(chosen)).tolist():
            skipped[row] = f"it repeats trades as {words.iloc[row] or 'a total'}"
    return skipped


def _set_aside(
    table: pd.DataFrame, at: Mapping[str, str], skipped: Mapping[int, str]
) -> dict[int, str]:
    """Return rows that trade something else than shares."""
    found: dict[int, str] = {}
    for role, kind in (
        ("asset_class", kind_of_class),
        ("symbol", kind_of),
        ("description", kind_of),
    ):
        if role not in at:
            continue
        known: dict[object, str] = {}
        for row, value in enumerate(table[at[role]].tolist()):
            if row in skipped or row in found:
                continue
            if value not in known:
                lines = str(value).strip().splitlines()
                known[value] = kind(lines[0]) if lines else ""
            if known[value]:
                found[row] = known[value]
    return found


def _skip_what_is_no_trade(
    table: pd.DataFrame,
    at: Mapping[str, str],
    quantity: Floats,
    price: Floats,
    skipped: dict[int, str],
) -> None:
    """Skip dividends, deposits and the like: rows without shares or without a price, and what is a dividend by its word."""
    empty = ~(np.isfinite(quantity) & (quantity != 0)) | ~(np.isfinite(price) & (price > 0))
    if "side" not in at:
        return
    words = table[at["side"]].tolist()
    for row, word in enumerate(words):
        if is_no_trade(word, of_shares=not empty[row]):
            what = str(words[row]).strip()
            skipped.setdefault(row, f"it is no trade{f' ({what})' if what else ''}")


def _filled(
    table: pd.DataFrame,
    at: Mapping[str, str],
    quantity: Floats,
    decimal: Decimal,
    skipped: dict[int, str],
    set_aside: Mapping[int, str],
    source: str,
) -> Floats:
    """Return what was filled of each row: its filled quantity, else the whole where its status says so."""
    filled = _filled_of_order(table, at, quantity, decimal, source)
    words = (
        _lower(table[at["status"]]).str.rpartition(".")[2].str.replace("_", " ").tolist()
        if "status" in at
        else [""] * len(quantity)
    )
    result, partly, unknown = quantity.copy(), [], {}
    for row, (word, shares) in enumerate(zip(words, filled.tolist(), strict=True)):
        if row in skipped or row in set_aside:
            continue
        if not np.isnan(shares):
            # Filled quantities are unsigned in some lists whose orders are signed.
            result[row] = np.copysign(shares, quantity[row]) if quantity[row] < 0 else shares
            if shares == 0:
                skipped[row] = f"none of it was filled{f' ({word})' if word else ''}"
        elif word in _PARTLY:
            partly.append(row)
        elif word in _NOT_FILLED:
            skipped[row] = f"its status is {table[at['status']].iloc[row]}"
        elif word and word not in _FILLED and word not in ("nan",):
            unknown[word] = row
    if unknown:
        raise InvalidInputError(
            f"column {at['status']!r} of {source}",
            ", ".join(list(unknown)[:12]),
            "say filled, partially filled or cancelled in words that are known",
        )
    if partly:
        raise InvalidInputError(
            f"row {partly[0] + 1} of {source}",
            table[at["status"]].iloc[partly[0]],
            "say how much of it was filled",
            "Name the column by columns={'filled_quantity': …} (--column filled_quantity=…).",
        )
    return result


def _filled_of_order(
    table: pd.DataFrame, at: Mapping[str, str], quantity: Floats, decimal: Decimal, source: str
) -> Floats:
    """Return what was filled of each row's order, NaN where the list does not say.

    More than was ordered is never filled: such a column counts an order's fills so far (FIX's CumQty), and a row is one fill.
    """
    nothing = np.full(len(quantity), np.nan)
    if "filled_quantity" not in at:
        return nothing
    filled = numbers(table[at["filled_quantity"]], decimal)
    more, less = (np.flatnonzero(test) for test in (
        np.abs(filled) > np.abs(quantity), np.abs(filled) < np.abs(quantity)
    ))  # fmt: skip
    if not len(more):
        return filled
    if len(less):
        raise InvalidInputError(
            f"columns {at['quantity']!r} and {at['filled_quantity']!r} of {source}",
            f"{filled[more[0]]:g} of {abs(quantity[more[0]]):g} in row {more[0] + 1}, "
            f"{filled[less[0]]:g} of {abs(quantity[less[0]]):g} in row {less[0] + 1}",
            "say how much of each order was filled, never more than the order",
            "Leave out the column that counts otherwise, or name the right one (--column filled_quantity=NAME).",
        )
    return nothing


def _skip_open_exits(table: pd.DataFrame, at: Mapping[str, str], skipped: dict[int, str]) -> None:
    """Skip TradingView's exits of trades that are still open, which stand at the last price."""
    if "signal" not in at:
        return
    signals, words = _lower(table[at["signal"]]), _lower(table[at["side"]])
    for row in np.flatnonzero((signals == "open") & words.str.startswith("exit")).tolist():
        skipped.setdefault(row, "its trade is still open")


def _counted(
    count: int, skipped: Mapping[int, str], set_aside: Mapping[int, str]
) -> npt.NDArray[np.bool_]:
    counted = np.ones(count, dtype=np.bool_)
    counted[[*skipped, *set_aside]] = False
    return counted


def _sides(
    table: pd.DataFrame, at: Mapping[str, str], counted: npt.NDArray[np.bool_], source: str
) -> list[SideWord | None]:
    """Return what each row's word says, None where there is no column or the row does not count."""
    words: list[SideWord | None] = [None] * len(table)
    if "side" in at:
        rows = np.flatnonzero(counted)
        texts = table[at["side"]].iloc[rows].tolist()
        for row, word in zip(rows.tolist(), read_sides(texts, at["side"], source), strict=True):
            words[row] = word
    return words


def _effects(
    table: pd.DataFrame, at: Mapping[str, str], counted: npt.NDArray[np.bool_], source: str
) -> npt.NDArray[np.object_]:
    effects = np.full(len(table), "", dtype=object)
    if "effect" in at:
        rows = np.flatnonzero(counted)
        texts = table[at["effect"]].iloc[rows].tolist()
        effects[rows] = read_effects(texts, at["effect"], source)
    return effects


def _signed(
    quantity: Floats,
    words: Sequence[SideWord | None],
    effects: npt.NDArray[np.object_],
    counted: npt.NDArray[np.bool_],
    position: Floats,
    table: pd.DataFrame,
    at: Mapping[str, str],
    source: str,
) -> tuple[Floats, npt.NDArray[np.object_]]:
    """Return signed quantities and effects, which word, sign and effect must agree on."""
    rows = np.flatnonzero(counted)
    is_signed = bool((quantity[rows] < 0).any())
    signs, named = np.zeros(len(quantity)), False
    effects = effects.copy()
    for row in rows.tolist():
        word = words[row]
        if word is None:
            signs[row] = np.sign(quantity[row])
            continue
        if word.effect and effects[row] and word.effect != effects[row]:
            raise _contradiction(row, "its side and its effect", source)
        effects[row] = word.effect or effects[row]
        signs[row] = word.sign
        named = named or not word.sign
    if named:
        _read_named_positions(signs, quantity, words, effects, rows, table, at, source)
    if is_signed and "side" in at:
        for row in rows[np.sign(quantity[rows]) != signs[rows]].tolist():
            if quantity[row] != 0 and np.isfinite(quantity[row]):
                raise _contradiction(row, "its side and the sign of its quantity", source)
    return np.abs(quantity) * np.where(signs == 0, 1.0, signs), effects


def _read_named_positions(
    signs: Floats,
    quantity: Floats,
    words: Sequence[SideWord | None],
    effects: npt.NDArray[np.object_],
    rows: npt.NDArray[np.int64],
    table: pd.DataFrame,
    at: Mapping[str, str],
    source: str,
) -> None:
    """Give "long" and "short" their signs.

    Without an effect they are what is done: a purchase and a sale. With one, some lists name the trade (a short is
    closed by a "long") and some the position (by another "short"); the reading under which every close has something
    to close is taken.
    """
    named = [row for row in rows.tolist() if words[row] is not None and not words[row].sign]
    as_trade = {row: words[row].position for row in named}
    as_position = {
        row: -side if effects[row] == "close" else side for row, side in as_trade.items()
    }
    chosen = as_trade
    if as_position != as_trade:
        fitting = [
            reading
            for reading in (as_trade, as_position)
            if _closes_fit({**_fixed(signs, rows), **reading}, quantity, effects, rows, table, at)
        ]
        if len(fitting) != 1:
            raise InvalidInputError(
                f"columns {at['side']!r} and {at.get('effect', '')!r} of {source}",
                "long and short, open and close",
                "be read in one way",
                "Say buy and sell in a column of its own, or give signed quantities.",
            )
        chosen = fitting[0]
    for row, sign in chosen.items():
        signs[row] = sign


def _fixed(signs: Floats, rows: npt.NDArray[np.int64]) -> dict[int, float]:
    return {row: signs[row] for row in rows.tolist() if signs[row]}


def _closes_fit(
    signs: Mapping[int, float],
    quantity: Floats,
    effects: npt.NDArray[np.object_],
    rows: npt.NDArray[np.int64],
    table: pd.DataFrame,
    at: Mapping[str, str],
) -> bool:
    """Say whether every close reduces a position and every opening enlarges one, in this order or from the end."""
    names = table[at["symbol"]].tolist() if "symbol" in at else [""] * len(table)
    return any(_fits(signs, quantity, effects, order, names) for order in (rows, rows[::-1]))


def _fits(
    signs: Mapping[int, float],
    quantity: Floats,
    effects: npt.NDArray[np.object_],
    rows: npt.NDArray[np.int64],
    names: Sequence[object],
) -> bool:
    held: dict[object, float] = {}
    for row in rows.tolist():
        before, change = held.get(names[row], 0.0), signs[row] * abs(quantity[row])
        after = before + change
        closes = before * change < 0 and abs(after) <= abs(before) - abs(change) + 1e-9
        if effects[row] and (effects[row] == "close") != closes:
            return False
        held[names[row]] = after
    return True


def _positions(table: pd.DataFrame, at: Mapping[str, str], decimal: Decimal) -> Floats:
    """Return the running position after each row, NaN where the list has none."""
    if "position" not in at:
        return np.full(len(table), np.nan)
    column = table[at["position"]]
    if not pd.api.types.is_numeric_dtype(column):
        # NinjaTrader: "100 S", "50 L", "-".
        text = column.astype(str).str.strip()
        short = text.str.fullmatch(r"[\d.,]+\s*S")
        text = text.str.replace(r"\s*[SL]$", "", regex=True).replace("-", "0")
        values = numbers(text, decimal)
        return np.where(short, -values, values)
    return numbers(column, decimal)


def _commissions(
    table: pd.DataFrame, at: Mapping[str, str], decimal: Decimal, counted: npt.NDArray[np.bool_]
) -> Floats:
    """Return what was paid: costs may be positive or negative in a list, and are all of one sign but for rebates."""
    total = np.zeros(len(table))
    for role in ("commission", "commission_2"):
        if role in at:
            values = np.nan_to_num(numbers(table[at[role]], decimal))
            total += -values if values[counted].sum() < 0 else values
    return total


def _when(table: pd.DataFrame, at: Mapping[str, str]) -> Array:
    times = table[at["time"]]
    if "clock" in at:
        made = np.empty(len(table), dtype=object)
        made[:] = joined(times.tolist(), table[at["clock"]].tolist())
        return made
    return times.to_numpy()


def _lower(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip().str.lower()


def _contradiction(row: int, what: str, source: str) -> InvalidInputError:
    return InvalidInputError(f"row {row + 1} of {source}", what, "agree")
