"""Result: what came of a run, whichever engine ran it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable.arguments import check_kind, path_of
from shortable.errors import InvalidInputError
from shortable.results import schema
from shortable.results.account import Fill, Mark, OpeningHolding, ShareChange, Statement
from shortable.results.folder import write_folder
from shortable.results.summary import MADE_UP, RunInfo, Summary, summarize
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

__all__ = ["Result", "Source"]

Source = pd.DataFrame | Callable[[], pd.DataFrame]
"""A table, or a function that makes it when it is first looked at."""

_CHANGES = ("symbol", "time", "kind", "shares_after", "ratio", "price", "cash")
# Settlement looks back three sessions at most.
_SESSIONS = 10
_SHOWN = ("net_profit", "net_profit_percent", "orders", "refused_for_availability", "borrow_costs")
_REFUSALS_SHOWN = 5


class Result:
    """What came of a run: tables, figures and assumptions.

    Tables are made when they are first looked at; `schema.TABLES` has the columns, types and units of all of them.
    Shares are negative for sales and shorts, money is in the account's currency, times are exchange-local and naive.
    Results can be pickled and copied, which makes every table and leaves the algorithm behind.

    Parameters
    ----------
    tables : mapping of str to DataFrame or callable
        By the names of `schema.TABLES`, with the columns of the schema. One that is not given is empty.
    info : RunInfo or callable
        What the tables do not hold, or a function that returns it.
    algorithm : object, optional
        The algorithm that ran, as the run left it.

    Attributes
    ----------
    algorithm : object or None
        None in a result that was read from a folder, copied or unpickled.
    folder : Path or None
        Where the result was read from.

    Examples
    --------
    >>> info = RunInfo("Nothing", "by hand", "", "USD", 100_000.0)
    >>> Result({}, info)
    <Result of Nothing: 0 orders, 0 sessions>
    """

    def __init__(
        self,
        tables: Mapping[str, Source],
        info: RunInfo | Callable[[], RunInfo],
        *,
        algorithm: Any = None,
    ) -> None:
        unknown = sorted(set(tables) - set(schema.TABLES))
        if unknown:
            raise InvalidInputError(
                "tables", ", ".join(unknown), f"be among {', '.join(schema.TABLES)}"
            )
        self.algorithm = algorithm
        self.folder: Path | None = None
        self._sources = dict(tables)
        self._info = info
        self._tables: dict[str, pd.DataFrame] = {}
        self._summary: Summary | None = None

    @classmethod
    def restored(
        cls, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], folder: Path | None
    ) -> Result:
        """Return a result of tables and summary that were saved."""
        made = cls.__new__(cls)
        for name, given in (("tables", tables), ("summary", summary)):
            check_kind(name, given, Mapping, "be a mapping")
        made.__setstate__({"tables": dict(tables), "summary": dict(summary), "folder": folder})
        return made

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by its name.

        Raises
        ------
        InvalidInputError
            There is no such table.
        """
        if not isinstance(name, str) or name not in schema.TABLES:
            raise InvalidInputError("name", name, f"be one of {', '.join(schema.TABLES)}")
        if name == "assumptions" and name not in self._sources:
            self.summary()  # which makes them
        if name not in self._tables:
            source = self._sources.get(name)
            self._tables[name] = (
                schema.empty(name) if source is None else source() if callable(source) else source
            )
        return self._tables[name]

    def has_table(self, name: str) -> bool:
        """Say whether the run recorded a table; one that it did not is empty."""
        check_kind("name", name, str, "be a table's name")
        return name in self._sources

    @property
    def orders(self) -> pd.DataFrame:
        """Every order by its number, refused ones included, as it stood at the end."""
        return self.table("orders")

    @property
    def fills(self) -> pd.DataFrame:
        """Every fill, oldest first."""
        return self.table("fills")

    @property
    def refusals(self) -> pd.DataFrame:
        """Every order or update that a check refused, cut, cancelled or warned of: the fields of `desk.Refusal`."""
        return self.table("refusals")

    @property
    def borrow_costs(self) -> pd.DataFrame:
        """What each short cost over each night: the fields of `desk.BorrowCost`."""
        return self.table("borrow_costs")

    @property
    def equity(self) -> pd.DataFrame:
        """Equity, cash and holdings (longs less shorts) at each session's close, by date."""
        return self.table("equity")

    @property
    def availability(self) -> pd.DataFrame:
        """What could be borrowed at a session's close of each symbol that was short or refused.

        A row holds from its session until the symbol's next row.
        """
        return self.table("availability")

    @property
    def checks_without_data(self) -> pd.DataFrame:
        """Every availability check of an order that no snapshot could answer: time, symbol."""
        return self.table("checks_without_data")

    @property
    def order_events(self) -> pd.DataFrame:
        """Everything that happened to orders, oldest first."""
        return self.table("order_events")

    @property
    def holdings(self) -> pd.DataFrame:
        """Every security at the end: shares, prices, resting orders, profit and costs."""
        return self.table("holdings")

    @property
    def opening(self) -> pd.DataFrame:
        """What was held before the first bar."""
        return self.table("opening")

    @property
    def corporate_actions(self) -> pd.DataFrame:
        """Splits, dividends, renames and ends of the securities that were traded, as they were booked."""
        return self.table("corporate_actions")

    @property
    def borrows(self) -> pd.DataFrame:
        """Every borrow by its number: opened, how it ended, and what it made or cost."""
        return self.table("borrows")

    @property
    def borrow_events(self) -> pd.DataFrame:
        """Openings, additions, partial covers, splits, recalls and ends of borrows, oldest first."""
        return self.table("borrow_events")

    @property
    def attribution(self) -> pd.DataFrame:
        """By session and symbol, what the change of the equity is made of."""
        return self.table("attribution")

    @property
    def assumptions(self) -> pd.DataFrame:
        """Every model and policy in force, and every guess that was made: name, value."""
        return self.table("assumptions")

    @property
    def log(self) -> pd.DataFrame:
        """What the algorithm logged: time, level, text."""
        return self.table("log")

    @property
    def returns(self) -> pd.Series:
        """Return of each session as a fraction of the equity before it, by date; the first on the start equity.

        It is −1 in the first session at whose close nothing was left, and has none after it (S14).
        """
        equity = self.equity["equity"]
        start = self.summary().get("start_equity", float("nan"))
        path = np.concatenate([[start], equity.to_numpy(dtype=float)])
        lost = np.flatnonzero(path[1:] <= 0)
        returns = path[1:] / np.where(path[:-1] > 0, path[:-1], np.nan) - 1.0
        if len(lost):
            returns = returns[: lost[0] + 1]
            returns[-1] = -1.0
        return pd.Series(returns, index=equity.index[: len(returns)], name="returns")

    @property
    def status(self) -> str:
        """COMPLETED, or RUINED where nothing was left of the account and it stopped (S14); empty where not recorded."""
        return str(self.summary().get("status", ""))

    @property
    def nights_short(self) -> int:
        """How many times a short was carried over a night, counted by symbol and night."""
        return len(self.borrow_costs)

    @property
    def nights_without_rate(self) -> int:
        """How many of these nights had no known rate, which reads as 0."""
        return int(self.borrow_costs["rate"].isna().sum())

    @property
    def made_up(self) -> bool:
        """Whether prices or availability are made up, as the packaged sample's are."""
        return bool(self.summary()["made_up"])

    def summary(self) -> Summary:
        """Return the run in figures: a dict that prints as a table, its headline first."""
        if self._summary is None:
            info = self._info() if callable(self._info) else self._info
            always = ("refusals", "borrow_costs", "checks_without_data")
            maybe = ("orders", "fills", "equity", "corporate_actions")
            counted = [n for n in maybe if self.has_table(n)]
            self._summary = summarize({n: self.table(n) for n in (*always, *counted)}, info)
            if "assumptions" not in self._sources:
                self._tables["assumptions"] = _assumptions(info)
                self._sources["assumptions"] = self._tables["assumptions"]
        return Summary(self._summary)

    def statement(self) -> Statement:
        """Return the account at the end of the run as plain rows.

        Raises
        ------
        InvalidInputError
            The run recorded no holdings.
        """
        if self.holdings.empty or self.equity.empty:
            raise InvalidInputError(
                "result",
                repr(self),
                "have recorded holdings and equity",
                "Write it with Result.to_parquet of this version.",
            )
        figures = self.summary()
        sessions = [moment.date() for moment in self.equity.index]
        opening = ("symbol", "quantity", "average_price", "price")
        fills = ("symbol", "time", "quantity", "price", "commission")
        marks = ("symbol", "close", "previous_close", "open_buys", "open_sells", "borrow_cost")
        return Statement(
            algorithm=figures["algorithm"],
            currency=figures["currency"],
            time=self.holdings["time"].iloc[0].to_pydatetime(),
            finished=True,
            cash=float(self.equity["cash"].iloc[-1]),
            first=sessions[0],
            sessions=tuple(sessions[-_SESSIONS:]),
            opening=tuple(OpeningHolding(*row) for row in _rows(self.opening, opening)),
            fills=tuple(
                Fill(symbol, time.date(), quantity, price, commission)
                for symbol, time, quantity, price, commission in _rows(self.fills, fills)
            ),
            events=len(self.fills),
            changes=tuple(
                ShareChange(symbol, time.date(), kind, shares, ratio, price, cash)
                for symbol, time, kind, shares, ratio, price, cash in _rows(
                    self.corporate_actions, _CHANGES
                )
                if kind in ("split", "dividend")
            ),
            actions=len(self.corporate_actions),
            marks=tuple(
                Mark(symbol, _price(close), _price(before), buys, sells, cost)
                for symbol, close, before, buys, sells, cost in _rows(self.holdings, marks)
            ),
        )

    def to_parquet(self, folder: str | Path, *, replace: bool = False) -> Path:
        """Write every table and the summary into a new folder, all or nothing; `read_result` reads it.

        Parameters
        ----------
        folder : str or Path
            Must not exist, unless `replace`; its parent must.
        replace : bool
            Replace an existing folder.

        Returns
        -------
        Path
            The folder: orders.parquet, fills.parquet, …, summary.json.

        Raises
        ------
        InvalidInputError
            The folder exists, or its parent does not.
        """
        path = path_of("folder", folder)
        check_kind("replace", replace, bool, "be True or False")
        tables = self._recorded() | {"returns": self.returns.to_frame()}
        return write_folder(tables, self.summary(), path, replace=replace)

    def _recorded(self) -> dict[str, pd.DataFrame]:
        self.summary()  # which adds the assumptions
        return {name: self.table(name) for name in schema.TABLES if name in self._sources}

    def __getstate__(self) -> dict[str, object]:
        return {
            "tables": self._recorded(),
            "summary": dict(self.summary()),
            "folder": self.folder,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.algorithm = None
        self.folder = state["folder"]
        self._tables = state["tables"]
        self._sources = dict(self._tables)
        self._summary = Summary(state["summary"])

    def __repr__(self) -> str:
        figures = self.summary()
        notes = "" if figures["limited"] else ", shorts not limited"
        notes += f", {MADE_UP} ({' and '.join(figures['made_up'])})" if figures["made_up"] else ""
        return (
            f"<Result of {figures['algorithm']}: {len(self.orders):,} orders, "
            f"{figures['sessions']:,} sessions{notes}>"
        )

    def _repr_html_(self) -> str:
        """Return the headline, key figures and first refusals, for notebooks."""
        figures = self.summary()
        shown = Summary({name: figures[name] for name in _SHOWN if name in figures})
        refused = self.refusals[self.refusals["error_code"] == EXCEEDS_SHORTABLE_QUANTITY]
        columns = ["time", "symbol", "kind", "requested", "allowed", "available", "has_data"]
        first = refused[columns].head(_REFUSALS_SHOWN)
        more = len(refused) - len(first)
        parts = [
            f"<p><b>{escape(figures['algorithm'])}</b>, {figures['start']} to {figures['end']}</p>",
            f"<p>{escape(figures['headline'])}</p>",
            f"<pre>{escape(str(shown))}</pre>",
            first.to_html(index=False, border=0) if len(first) else "",
            f"<p>and {more:,} more in <code>refusals</code></p>" if more else "",
        ]
        return "".join(parts)


def _assumptions(info: RunInfo) -> pd.DataFrame:
    values = {
        "engine": info.engine,
        "prices": info.prices,
        "availability": info.availability,
        "made_up": ", ".join(info.made_up),
        "opening_book": info.opening_book,
        **info.assumptions,
    }
    return schema.of_tuples("assumptions", [(n, v) for n, v in values.items() if v])


def _rows(table: pd.DataFrame, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].tolist() for name in names), strict=True))


def _price(price: float) -> float | None:
    return None if price != price else price
