"""What could be borrowed of a symbol, at what fee, the orders that asked for it, and how much of it was used."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.clock import as_datetime, parse_time
from shortable.errors import InvalidInputError, NoDataError
from shortable.plots.sources import (
    availability_by_session,
    names_of,
    over_availability,
    sessions_of,
    short_by_session,
)
from shortable.plots.style import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    WIDTH,
    axes,
    below,
    figures,
    legend,
    nothing,
    over_time,
)
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.research import Constrained
from shortable.results import Result
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "availability_of",
    "low_and_high",
    "orders_of",
    "plot_availability",
    "plot_utilization",
    "utilization_of",
]

_SPAN = 100.0
"""Where the largest number of shares is so many times the smallest, the scale is logarithmic."""
_STEPS = 150
"""Changes beyond which a line can no longer be followed; then each day, week or month is drawn from low to high."""
_PERIODS = (("day", "D"), ("week", "W-SUN"), ("month", "M"))
_LINES = (
    (BLUE, "-"),
    (AMBER, "--"),
    (GREEN, "-."),
    (RED, ":"),
    (BLUE, (0, (1, 1))),
    (AMBER, (0, (5, 1, 1, 1))),
)
Moment = str | date | datetime


def availability_of(
    source: Result | ProviderLike,
    symbol: Symbol | str,
    start: Moment | None = None,
    end: Moment | None = None,
) -> pd.DataFrame:
    """Return what could be borrowed of a symbol, a row for each change.

    Parameters
    ----------
    source : Result or provider
        A result has what could be borrowed at each session's close.
    symbol : Symbol or str
    start, end : time
        Exchange-local; needed where `source` is a provider.

    Returns
    -------
    DataFrame
        Index: time. available (float; NaN for no known restriction), has_data (False where no snapshot answers),
        fee_rate (annual fraction, NaN unknown). The last row repeats the one before, at `end`.

    Raises
    ------
    InvalidInputError
        `source` is a provider and `start` or `end` is missing, or `end` is before `start`.
    """
    key = Symbol.create(symbol)
    if isinstance(source, Result):
        table, days = source.availability, sessions_of(source)
        own = table[(names_of(table["symbol"]) == str(key)).to_numpy()]
        frame = pd.DataFrame(
            {
                "available": own["available"].astype("Float64").to_numpy(float, na_value=np.nan),
                "has_data": own["has_data"].to_numpy(),
                "fee_rate": own["fee_rate"].to_numpy(),
            },
            index=pd.DatetimeIndex(own["date"]),
        )
        last = days[-1] if len(days) else None
    else:
        if start is None or end is None:
            raise InvalidInputError(
                "start", start, "be given, and end too, where a provider is drawn"
            )
        first, final = _time(start, "start"), _time(end, "end")
        if final < first:
            raise InvalidInputError("end", end, f"not lie before start={start!s}")
        frame, last = _asked(as_provider(source), key, first, final), pd.Timestamp(final)
    if len(frame) and last is not None and last > frame.index[-1]:
        frame = pd.concat([frame, frame.iloc[-1:].set_axis(pd.DatetimeIndex([last]))])
    return frame


def _time(value: Moment, name: str) -> datetime:
    return parse_time(value, parameter=name) if isinstance(value, str) else as_datetime(value, name)


def _asked(
    provider: ShortableProvider, symbol: Symbol, start: datetime, end: datetime
) -> pd.DataFrame:
    changes = provider.change_times([symbol], start, end)
    times = sorted({start} | {t for t in changes if start < t <= end})
    rows = []
    for time in times:
        try:
            shares = provider.shortable_quantity(symbol, time)
        except NoDataError:  # missing="raise"
            shares = None
        rate = provider.fee_rate(symbol, time) if provider.has_fee_rate(symbol, time) else np.nan
        available = np.nan if shares is None else float(shares)
        rows.append((available, bool(provider.has_quantity(symbol, time)), rate))
    return pd.DataFrame(
        rows, columns=["available", "has_data", "fee_rate"], index=pd.DatetimeIndex(times)
    )


def low_and_high(values: pd.Series, most: int = _STEPS) -> tuple[pd.DataFrame, str]:
    """Return the lowest, highest and last value of each day, week or month: the shortest that gives at most `most`.

    Parameters
    ----------
    values : Series
        By time, ascending; each value holds until the next, the last one ends the series. NaN where there is none.
    most : int
        Periods at most; of months there may be more.

    Returns
    -------
    DataFrame
        Index: begin of each period. low, high, last: NaN where the period has no value.
    str
        "day", "week" or "month".

    Examples
    --------
    >>> times = pd.DatetimeIndex(["2024-01-02 09:30", "2024-01-02 15:00", "2024-01-03 12:00"])
    >>> low_and_high(pd.Series([5.0, 9.0, 7.0], times))[0].values.tolist()
    [[5.0, 9.0, 9.0], [7.0, 9.0, 7.0]]
    """
    times = pd.DatetimeIndex(values.index)
    word, rule = next(
        (p for p in _PERIODS if len(pd.period_range(times[0], times[-1], freq=p[1])) <= most),
        _PERIODS[-1],
    )
    begins = pd.period_range(times[0], times[-1], freq=rule).start_time
    # What was available when a period begins counts in it.
    filled = values.reindex(times.union(begins[begins >= times[0]]), method="ffill")
    groups = filled.groupby(pd.DatetimeIndex(filled.index).to_period(rule).start_time)
    ends = {"low": groups.min(), "high": groups.max(), "last": groups.last()}
    return pd.DataFrame(ends).reindex(begins), word


def orders_of(result: Result, symbol: Symbol | str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a result's sales of a symbol that made it short, and those over what was available.

    Returns
    -------
    tuple of DataFrame
        Both with time and short: the shares that were, or would have been, short in all (S4).
    """
    name = str(Symbol.create(symbol))
    fills = result.fills[(names_of(result.fills["symbol"]) == name).to_numpy()]
    opening = result.opening
    held = opening.loc[(names_of(opening["symbol"]) == name).to_numpy(), "quantity"].sum()
    after = float(held) + fills["quantity"].to_numpy(dtype=float).cumsum()
    sold = (fills["quantity"].to_numpy() < 0) & (after < 0)
    accepted = pd.DataFrame({"time": fills["time"].to_numpy()[sold], "short": -after[sold]})
    over = over_availability(result.refusals)
    over = over[(names_of(over["symbol"]) == name).to_numpy()]
    short = (over["open_sells"] - over["held"] - over["requested"]).to_numpy(dtype=float)
    return accepted, pd.DataFrame({"time": over["time"].to_numpy(), "short": short})


def plot_availability(
    source: Result | ProviderLike,
    symbol: Symbol | str,
    start: Moment | None = None,
    end: Moment | None = None,
    *,
    result: Result | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the shares that could be borrowed of a symbol, a backtest's orders, and in a panel below the fee.

    Over many changes it draws the low and the high of each day, week or month as a band, and the last value as a line.

    Parameters
    ----------
    source : Result or provider
    symbol : Symbol or str
    start, end : time
        Exchange-local; needed where `source` is a provider.
    result : Result, optional
        Whose orders to mark; default `source`, where it is one. An order is drawn at the shares that would be short in
        all after it, so one above the line asked for more than there was.
    ax : Axes, optional
        To draw on; default a new figure's. Where a fee is known, it makes room for a panel below.

    Returns
    -------
    matplotlib.axes.Axes
        Hatched where there are no data; no line where no restriction is known.

    Raises
    ------
    InvalidInputError
        `source` is a provider and `start` or `end` is missing, or `end` is before `start`.
    """
    table = availability_of(source, symbol, start, end)
    if result is None and isinstance(source, Result):
        result = source
    fees = table["fee_rate"].where(table["has_data"])
    has_fees = bool(fees.notna().any())
    ax = axes(ax, (WIDTH, 4.2 if has_fees else 3.2))
    ax.set_ylabel("shares")
    if table.empty:
        return nothing(ax, f"{Symbol.create(symbol)} was never short or refused")
    known = table["available"].where(table["has_data"])
    _draw_steps(ax, known, BLUE, f"{Symbol.create(symbol)}: available", filled=True)
    _hatch(ax, table["has_data"])
    shown = [known.dropna()]
    if result is not None:
        accepted, refused = orders_of(result, symbol)
        for orders, label, colour, sign in (
            (accepted, "shorted", GREEN, "v"),
            (refused, "over what was available", RED, "x"),
        ):
            if len(orders):
                ax.plot(
                    orders["time"],
                    orders["short"],
                    color=colour,
                    marker=sign,
                    linestyle="none",
                    markersize=5,
                    alpha=0.9,
                    label=f"{label} ({len(orders):,})",
                )
                shown.append(orders["short"])
    _scale(ax, pd.concat(shown))
    if has_fees:
        panel = below(ax, "fee, %\na year")
        _draw_steps(panel, 100 * fees, AMBER, "fee", filled=False)
        _hatch(panel, table["has_data"])
        lowest, highest = 100 * float(fees.min()), 100 * float(fees.max())
        panel.set_ylim(min(0.0, 1.1 * lowest), max(1.1 * highest, 0.01))
        over_time(panel, table.index)
    else:
        over_time(ax, table.index)
    legend(ax)
    return ax


def _draw_steps(ax: Axes, values: pd.Series, colour: str, label: str, *, filled: bool) -> None:
    """Draw values that hold until the next: each of them, or where there are many a band from low to high."""
    if len(values) <= _STEPS:
        marker = "_" if len(values) == 1 else None
        ax.step(
            values.index,
            values,
            where="post",
            color=colour,
            linewidth=1.6,
            marker=marker,
            label=label,
        )
        if filled and len(values) > 1:
            edges = ax.convert_xunits(values.index.to_numpy())  # type: ignore[no-untyped-call]  # matplotlib leaves it without types
            ax.stairs(
                values.to_numpy()[:-1], edges, fill=True, color=colour, alpha=0.12, linewidth=0
            )
        return
    band, period = low_and_high(values)
    ax.step(band.index, band["last"], where="post", color=colour, linewidth=1.0, label=label)
    ax.fill_between(
        band.index,
        band["low"],
        band["high"],
        color=colour,
        alpha=0.35,
        linewidth=0,
        step="post",
        label=f"low to high of each {period}",
    )


def _hatch(ax: Axes, has_data: pd.Series) -> None:
    """Hatch the time in which there were no data."""
    silent = ~has_data.to_numpy()
    begins = silent & np.r_[True, ~silent[:-1]]
    ends = np.flatnonzero(silent & np.r_[~silent[1:], True])
    label = "no data"
    times = has_data.index
    for first, last in zip(np.flatnonzero(begins).tolist(), ends.tolist(), strict=True):
        until = times[min(last + 1, len(times) - 1)]
        if until > times[first]:
            ax.axvspan(
                times[first],
                until,
                facecolor="none",
                edgecolor=GREY,
                hatch="///",
                linewidth=0,
                alpha=0.6,
                label=label,
            )
            label = "_"


def _scale(ax: Axes, shares: pd.Series) -> None:
    """Use a logarithmic scale where on a linear one small numbers could not be told from none."""
    some = shares[shares > 0]
    if len(some) and float(some.max()) > _SPAN * float(some.min()):
        low, high = int(np.floor(np.log10(float(some.min())))), int(np.log10(float(some.max())))
        ax.set_yscale("symlog", linthresh=10.0**low)  # linear below, so that 0 has a place
        ax.set_ylabel("shares (log scale)")
        ax.set_yticks([0.0, *(10.0**power for power in range(low, high + 1))])
        ax.yaxis.set_minor_formatter("")
    figures(ax.yaxis)
    room = 1.06 if ax.get_yscale() == "linear" else 1.8  # for the markers of the highest orders
    ax.set_ylim(bottom=0.0, top=room * float(some.max()) if len(some) else 1.0)


def utilization_of(source: Result | Constrained) -> pd.DataFrame:
    """Return shares short ÷ shares available, times × symbols.

    Parameters
    ----------
    source : Result or Constrained
        A result's are those at each session's close.

    Returns
    -------
    DataFrame
        NaN where nothing is short, no restriction is known or there were no data; inf where a short is kept though
        none is available.
    """
    if isinstance(source, Constrained):
        own = source.utilization
        return own.set_axis(pd.Index(names_of(own.columns)), axis=1)
    short, available = short_by_session(source), availability_by_session(source)
    # What the missing= policy answers where there are no data is no number of shares to compare a short with.
    available = available.where(availability_by_session(source, "has_data") == 1.0)
    there, held = available.reindex(columns=short.columns).to_numpy(), short.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(there > 0, held / np.maximum(there, 1.0), np.inf)
    used = np.where((held == 0) | np.isnan(there), np.nan, used)
    return pd.DataFrame(used, index=short.index, columns=short.columns)


def plot_utilization(
    source: Result | Constrained, *, most: int = 5, ax: Axes | None = None
) -> Axes:
    """Draw shares short as a percentage of the shares that could be borrowed, over time.

    Parameters
    ----------
    source : Result or Constrained
    most : int
        How many symbols have a line of their own, 1 to 6: those that used most, on average. Of the others the highest
        is drawn as an area.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
        Above 100 % shares were no longer available while the short was kept; crosses at the top mark times when none
        was. Over many sessions it draws the highest of each week or month.
    """
    table = utilization_of(source)
    ax = axes(ax)
    ax.set_ylabel("short, % of what is available")
    table = table.loc[:, table.notna().any()]
    if table.empty:
        return nothing(ax, "nothing was short against a known number of shares")
    order = table.clip(upper=10.0).mean().sort_values(ascending=False, kind="stable").index
    finite = 100 * table.where(np.isfinite(table))
    none = pd.Series(np.isinf(table.to_numpy()).any(axis=1), index=table.index)
    if len(finite) > _STEPS:
        rule = next(r for _, r in _PERIODS[1:] if r == "M" or len(finite) / 5 <= _STEPS)
        begins = pd.DatetimeIndex(finite.index).to_period(rule).start_time
        finite, none = finite.groupby(begins).max(), none.groupby(begins).any()
        ax.set_ylabel(
            f"short, % of what is available\n(highest of each {'month' if rule == 'M' else 'week'})"
        )
    own, others = order[:most], order[most:]
    for symbol, (colour, style) in zip(own, _LINES, strict=False):
        line = finite[symbol]
        alone = line.notna() & ~line.shift().notna() & ~line.shift(-1).notna()
        ax.plot(line.index, line, color=colour, linestyle=style, linewidth=1.6, label=str(symbol))
        ax.plot(line[alone], color=colour, linestyle="none", marker="o", markersize=3)
    if len(others):
        ax.fill_between(
            finite.index,
            0.0,
            finite[others].max(axis=1).fillna(0.0),
            color=GREY,
            alpha=0.3,
            linewidth=0,
            label=f"the highest of {len(others)} others",
        )
    ax.axhline(100.0, color=GREY, linewidth=0.8)
    top = max(105.0, 1.08 * float(np.nan_to_num(finite.to_numpy(), nan=0.0).max()))
    ax.set_ylim(0.0, top)
    if bool(none.any()):
        ax.plot(
            none.index[none],
            np.full(int(none.sum()), top),
            color=RED,
            linestyle="none",
            marker="x",
            clip_on=False,
            label="short kept, none available",
        )
    if len(finite) > 1:
        ax.set_xlim(finite.index[0], finite.index[-1])  # the whole run, however little was short
    over_time(ax, finite.index)
    legend(ax)
    return ax
