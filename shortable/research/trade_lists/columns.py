"""Which column of a trade list is which: by its exporter's header, else by the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from shortable.errors import InvalidInputError
from shortable.research.trade_lists.dates import DateOrder, is_clock
from shortable.research.trade_lists.exporters import Layout, exporter_of
from shortable.research.trade_lists.sides import is_side_column, only_side_words

__all__ = ["Columns", "find_columns", "plain"]

_FILL: Mapping[str, tuple[str, ...]] = {
    "time": (
        "time", "timestamp", "datetime", "dt", "date", "date_time", "trade_time", "trade_date", "execution_time",
        "executed_at", "ts_event", "ts_last", "fill_time", "filled_at", "last_fill_time", "transaction_date",
        "transaction_time", "exec_time", "exec_date", "fill_date", "filled_time", "executed_time", "execution_date", "trans_date", "t_d",
        "时间", "成交时间", "日期时间", "日期", "成交日期", "交易日期", "交易时间", "時間", "成交時間", "成交日期",
        "datum", "handelstag", "ausführungszeit", "約定日", "約定日時", "約定日付", "取引日", "日付", "체결일", "체결일시", "거래일", "data", "data_do_negócio", "data_negócio",
    ),
    "symbol": (
        "symbol", "ticker", "security", "column", "instrument_id", "instrument", "item", "asset", "sid", "code",
        "stock", "contract", "代码", "证券代码", "股票代码", "合约", "合约代码", "代碼", "證券代碼", "股票代號", "標的",
        "證券代號", "商品代號", "wertpapier", "aktie", "銘柄コード", "証券コード", "コード", "銘柄", "종목코드", "종목", "ativo", "papel", "código_de_negociação",
    ),
    "quantity": (
        "quantity", "qty", "shares", "size", "volume", "contracts", "order_quantity", "order_qty", "units",
        "no_of_shares", "number_of_shares", "数量", "成交数量", "手数", "股数", "成交量", "數量", "成交數量", "股數",
        "成交股數", "stück", "anzahl", "menge", "約定数量", "数量", "株数", "체결수량", "수량", "quantidade",
        "amount",  # the last: beside any of the others it is money
    ),
    "filled_quantity": (
        "filled_quantity", "fill_quantity", "filled_qty", "quantity_filled", "qty_filled", "filled", "last_qty",
        "executed_quantity", "executed_qty", "exec_qty", "cum_qty", "filled_size", "filled_shares", "cum_quantity",
        "已成数量", "已成交数量",
    ),
    "price": (
        "price", "average_price", "trade_price", "execution_price", "exec_price", "price_share", "price_per_share", "limit_price",
        "order_price",
        "价格", "成交价格", "成交价", "價格", "成交價格", "成交價",
        "成交單價", "kurs", "preis", "ausführungskurs", "約定単価", "約定価格", "単価", "체결가", "체결단가", "단가", "preço",
    ),
    "fill_price": (
        "fill_price", "avg_fill_price", "average_fill_price", "filled_avg_price", "avg_price", "avg_px", "last_px",
        "filled_price", "price_filled", "avg_filled_price", "average_filled_price", "executed_price",
        "成交均价", "成交均價",
    ),
    "side": (
        "side", "order_side", "action", "buy_sell", "b_s", "bs", "trade_type", "type", "direction", "transaction",
        "transaction_type", "方向", "买卖方向", "买卖", "操作", "交易类别", "委托方向", "買賣", "買賣別", "買賣方向",
        "交易別", "交易類別", "kauf_verkauf", "richtung", "取引", "取引区分", "売買", "売買区分", "매매구분", "구분", "c_v", "compra_venda", "operação", "natureza",
    ),
    "effect": (
        "effect", "position_effect", "offset", "open_close", "open_close_indicator", "o_c", "e_x", "entry_exit",
        "pos_effect", "开平", "开平仓", "开平标志", "開平", "開平倉",
    ),
    "commission": (
        "commission", "commissions", "fee", "fees", "order_fee", "comm", "fees_comm", "comm_fee", "transaction_cost",
        "手续费", "佣金", "交易费用", "手續費", "provision", "gebühren", "手数料", "수수료", "corretagem",
    ),
    "status": ("status", "state", "order_status", "状态", "委托状态", "成交状态", "狀態"),
    "position": ("position_after", "running_position", "position", "net_position", "holding", "持仓", "股份余额", "持倉"),
    "asset_class": ("asset_class", "asset_category", "asset_type", "security_type", "sec_type", "instrument_type"),
    "currency": ("currency_price_share", "price_currency", "currency", "ccy"),
}  # fmt: skip
"""Roles of a list of fills or orders."""

_ROUND_TRIP: Mapping[str, tuple[str, ...]] = {
    "entry_time": (
        "entry_time", "entrytime", "entry_timestamp", "open_time", "opentime", "entry_date", "open_date", "opened_at",
        "opened", "date_opened", "buy_time", "开仓时间",
    ),
    "exit_time": (
        "exit_time", "exittime", "exit_timestamp", "close_time", "closetime", "exit_date", "close_date", "closed_at",
        "closed", "date_closed", "time_1", "平仓时间",
    ),
    "entry_price": ("entry_price", "entryprice", "open_price", "openprice", "price_open", "开仓价"),
    "exit_price": ("exit_price", "exitprice", "close_price", "closeprice", "price_close", "price_1", "平仓价"),
    "symbol": (*_FILL["symbol"], "symbols"),
    "quantity": _FILL["quantity"],
    "side": ("side", "direction", "market_pos", "position", "type", "方向"),
    "commission": _FILL["commission"],
    "exit_commission": ("exit_fees", "exit_commission"),
    "status": ("status", "state"),
    "asset_class": _FILL["asset_class"],
    "currency": _FILL["currency"],
}  # fmt: skip
"""Roles of a list of round trips: an entry and an exit a row."""

# Names of columns that hold sides in some lists and something else in others.
_SIDE_OR_OTHER = frozenset(
    {"type", "trade_type", "direction", "transaction", "transaction_type", "position"}
)
# An entry may stand under a fill's names where the exit has names of its own.
_ENTRY_AS_FILL = {"entry_time": _FILL["time"], "entry_price": _FILL["price"]}
_REQUIRED = ("time", "quantity", "price", "entry_time", "exit_time", "entry_price", "exit_price")
_ZONE_WORDS = re.compile(r"(_|^)(utc|gmt)(?=_|$)")
_LEFTOVER = re.compile(
    r"(^|_)(exit|close|closed|closing)_(time|date|price|timestamp|datetime)$|^(平仓)"
)
_DATE_NAMES = ("date", "trade_date", "日期", "成交日期", "交易日期")
_CLOCK_NAMES = (
    "time", "trade_time", "exec_time", "时间", "成交时间", "交易时间", "成交時間", "uhrzeit", "zeit", "約定時間", "約定時刻",
    "체결시간", "hora",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a list's roles are."""

    exporter: str
    """What the list was taken for."""
    layout: Layout
    """What a row is."""
    at: Mapping[str, str]
    """Role to column."""
    date_order: DateOrder | None = None
    """How the exporter writes dates that can be read in two ways."""
    lots: bool = False
    """Whether quantities are lots."""
    keep: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Column to the values, in lower case, of the rows that are trades."""
    instead: str = ""
    """For averages: which list to export instead."""


def plain(name: object) -> str:
    """Return a column's name in plain letters.

    Examples
    --------
    >>> [plain(n) for n in ("EntryTime", "Avg Exit Price", "Date/Time", "ts_event", "S/L", "Time.1", "成交价格")]
    ['entry_time', 'avg_exit_price', 'date_time', 'ts_event', 's_l', 'time_1', '成交价格']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name).strip())
    return re.sub(r"[\W_]+", "_", spaced.lower()).strip("_")


def find_columns(
    table: pd.DataFrame, given: Mapping[str, str] | None, source: str, *, symbol: bool
) -> Columns:
    """Say which column is which.

    Parameters
    ----------
    table : DataFrame
        Of text or of numbers.
    given : mapping of role to column, optional
        What the caller says; the rest is found by name.
    source : str
        What messages call the list.
    symbol : bool
        Whether the caller names one symbol for all rows.

    Raises
    ------
    InvalidInputError
        Roles that have to be there are not found, `given` names what is not there, or a column that matters is left.
    """
    chosen = dict(given or {})
    _check_given(chosen, table, source)
    spelled = {plain(c): str(c) for c in reversed(list(table.columns))}
    for name, column in list(spelled.items()):
        if bare := _ZONE_WORDS.sub("", name).strip("_"):
            spelled.setdefault(bare, column)
    exporter = None if chosen else exporter_of(spelled)
    if exporter is not None:
        at = {
            role: found
            for role, name in exporter.roles.items()
            if (found := _spelled(spelled, name)) is not None
        }
        for role in (
            "commission",
            "asset_class",
            "currency",
        ):  # the second name of a column that has two
            second = at.pop(f"{role}_2", None) if role not in at or role == "asset_class" else None
            if second is not None:
                at.setdefault(role, second)
        if not _counts_money(spelled, at) and not _overlooked(table, spelled, at, exporter.layout):
            if "symbol" not in at and not symbol:
                raise _missing(["symbol"], table, f"{source}, taken for {exporter.name},")
            return Columns(
                exporter.name,
                exporter.layout,
                at,
                exporter.date_order,
                exporter.lots,
                {spelled[c]: values for c, values in exporter.keep.items() if c in spelled},
                exporter.instead,
            )
    return _by_names(table, spelled, chosen, source, symbol=symbol)


def _by_names(
    table: pd.DataFrame,
    spelled: Mapping[str, str],
    chosen: Mapping[str, str],
    source: str,
    *,
    symbol: bool,
) -> Columns:
    round_trip = _is_round_trip(spelled, chosen)
    names = {**_ROUND_TRIP} if round_trip else {**_FILL}
    if round_trip:
        for role, more in _ENTRY_AS_FILL.items():
            names[role] = (*names[role], *more)
    at: dict[str, str] = {}
    for role, known in names.items():
        taken = set(at.values())
        found = chosen.get(role) or next(
            (
                spelled[n]
                for n in known
                if n in spelled and spelled[n] not in taken and _fits(role, n, table[spelled[n]])
            ),
            None,
        )
        if found is not None:
            at[role] = found
    for filled, ordered in (("filled_quantity", "quantity"), ("fill_price", "price")):
        if filled in at and ordered not in at:
            at[ordered] = at.pop(filled)
    fees = next((spelled[n] for n in ("fees", "fee") if n in spelled), None)
    if "commission" not in chosen and at.get("commission") in _commissions(spelled) and fees:
        at["commission_2"] = fees
    date, clock = _date_and_clock(table, spelled)
    if not round_trip and "time" not in chosen and date and clock:
        at["time"], at["clock"] = date, clock
    absent = [role for role in names if role in _REQUIRED and role not in at]
    if "symbol" not in at and not symbol:
        absent.append("symbol")
    if absent:
        raise _missing(absent, table, source)
    left = _overlooked(table, spelled, at, "round trips" if round_trip else "fills")
    if left:
        kind = "round trips" if round_trip else "fills"
        raise InvalidInputError(
            "trades",
            source,
            "have no unused column that changes what its rows mean",
            f"It is taken for a list of {kind}, in which nothing uses {', '.join(left)}. Name each column's role in "
            f"columns (--column side={left[0]}, or entry_time=, exit_time=, entry_price=, exit_price=), or remove it.",
        )
    kind = "a list of round trips" if round_trip else "a list of fills"
    return Columns(kind, "round trips" if round_trip else "fills", at)


def _commissions(spelled: Mapping[str, str]) -> set[str]:
    """Return the columns of commissions, beside which fees are further costs."""
    return {spelled[name] for name in ("commission", "commissions", "comm") if name in spelled}


def _counts_money(spelled: Mapping[str, str], at: Mapping[str, str]) -> bool:
    """Whether an exporter's ``amount`` of shares stands beside a column of shares, so that it is money and the list another's."""
    return at.get("quantity") == spelled.get("amount", "") and any(
        name in spelled for name in _FILL["quantity"] if name != "amount"
    )


def _overlooked(
    table: pd.DataFrame, spelled: Mapping[str, str], at: Mapping[str, str], layout: Layout
) -> list[str]:
    """Return columns that would change what a row means and that no role has taken."""
    taken = set(at.values())
    left = {name: column for name, column in spelled.items() if column not in taken}
    found = []
    if layout == "fills":
        found += [c for n, c in left.items() if _LEFTOVER.search(n) and _has_values(table[c])]
        for role in ("side", "filled_quantity", "fill_price", "effect"):
            if role not in at:
                found += [
                    left[n] for n in _FILL[role] if n in left and _fits(role, n, table[left[n]])
                ]
        if "side" not in at and "quantity" in at and not _is_signed(table[at["quantity"]]):
            found += [c for c in left.values() if only_side_words(table[c].tolist())]
    return list(dict.fromkeys(found))


def _is_signed(quantities: pd.Series) -> bool:
    return bool(quantities.astype(str).str.contains(r"[-−(]").any())


def _has_values(column: pd.Series) -> bool:
    texts = column.astype(str).str.strip().str.lower()
    return bool((~texts.isin({"", "nan", "nat", "none", "<na>", "0", "0.0"})).any())


def _spelled(spelled: Mapping[str, str], name: str) -> str | None:
    if name.endswith("*"):
        return next((c for n, c in spelled.items() if n.startswith(name[:-1])), None)
    return spelled.get(name)


def _is_round_trip(spelled: Mapping[str, str], chosen: Mapping[str, str]) -> bool:
    if {"entry_time", "exit_time"} & chosen.keys():
        return True
    if "time" in chosen:
        return False
    return all(any(n in spelled for n in _ROUND_TRIP[role]) for role in ("exit_time", "exit_price"))


def _date_and_clock(
    table: pd.DataFrame, spelled: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return the columns of dates and of times of day where a list has both."""
    clock = next(
        (spelled[n] for n in _CLOCK_NAMES if n in spelled and is_clock(table[spelled[n]].tolist())),
        None,
    )
    names = (n for n in (*_DATE_NAMES, *_FILL["time"]) if n in spelled and spelled[n] != clock)
    date = next((spelled[n] for n in names if not is_clock(table[spelled[n]].tolist())), None)
    return (date, clock) if clock is not None else (None, None)


def _fits(role: str, name: str, column: pd.Series) -> bool:
    """Whether a column's values can be the role: an order's Type may say Market, and a deal's Direction in."""
    if role == "side":
        return name not in _SIDE_OR_OTHER or is_side_column(column)
    if role in ("position", "filled_quantity"):
        return bool(column.astype(str).str.contains(r"\d").any())
    return True


def _check_given(chosen: Mapping[str, str], table: pd.DataFrame, source: str) -> None:
    roles = {*_FILL, *_ROUND_TRIP}
    for role, column in chosen.items():
        if role not in roles:
            raise InvalidInputError(
                "columns", role, f"name roles out of {', '.join(sorted(roles))}"
            )
        if column not in table.columns:
            raise InvalidInputError(
                f"columns[{role!r}]",
                column,
                f"be a column of {source}",
                f"It has {_listed(table.columns)}.",
            )


def _missing(roles: list[str], table: pd.DataFrame, source: str) -> InvalidInputError:
    hint = (
        f"Its columns are {_listed(table.columns)}. Name one in columns (--column {roles[0]}=NAME)"
    )
    if "symbol" in roles:
        hint += ", or give one symbol for all rows (--symbol)"
    file, _, taken_for = source.partition(", ")
    hint = f"It was {taken_for.rstrip(',')}. {hint}." if taken_for else hint + "."
    return InvalidInputError("trades", file, f"have a column for the {', the '.join(roles)}", hint)


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
