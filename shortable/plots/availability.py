"""What could be borrowed of one symbol, at what fee, and the orders that asked for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shortable.clock import as_datetime, parse_time
from shortable.errors import InvalidInputError, NoDataError
from shortable.plots.inputs import named, over_availability, refusals, sessions
from shortable.plots.style import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    axes,
    beside,
    figures,
    legend,
    nothing,
    over_time,
)
from shortable.provider import as_provider
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["availability_of", "orders_of", "plot_availability"]

_SPAN = 100.0
"""Where the largest number of shares is so many times the smallest, the scale is logarithmic."""


def availability_of(
    source: Any, symbol: Symbol | str, start: Any = None, end: Any = None
) -> pd.DataFrame:
    """Return what could be borrowed of a symbol, a row for each time from which something else held.

    Parameters
    ----------
    source : provider, Result, or what `shortable.results.read_result` returned
        A result tells each session's close, and of its own time alone.
    symbol : Symbol or str
    start, end : time
        Exchange-local; needed of a provider.

    Returns
    -------
    DataFrame
        Index: time. available (float; NaN: no restriction known), known (False where no snapshot speaks), fee_rate (annual
        fraction, NaN unknown). The last row repeats the one before, at `end`.

    Raises
    ------
    InvalidInputError
        A provider is asked without `start` and `end`, or `end` lies before `start`.
    """
    key = Symbol.create(symbol)
    table = getattr(source, "availability", None)
    if table is not None:
        days = sessions(source)
        own = table[(named(table["symbol"]) == str(key)).to_numpy()]
        available = own["available"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        known, fees = own["has_data"].to_numpy(dtype=bool), own["fee_rate"].to_numpy(dtype=float)
        frame = pd.DataFrame(
            {"available": available, "known": known, "fee_rate": fees},
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


def _time(value: Any, name: str) -> datetime:
    return parse_time(value, parameter=name) if isinstance(value, str) else as_datetime(value, name)


def _asked(provider: Any, symbol: Symbol, start: datetime, end: datetime) -> pd.DataFrame:
    times = sorted(
        {start} | {t for t in provider.change_times([symbol], start, end) if start < t <= end}
    )
    rows = []
    for time in times:
        known = provider.has_quantity(symbol, time)
        try:
            shares = provider.shortable_quantity(symbol, time)
        except NoDataError:
            shares = None
        rate = provider.fee_rate(symbol, time) if provider.has_fee_rate(symbol, time) else None
        rows.append(
            (
                np.nan if shares is None else float(shares),
                bool(known),
                np.nan if rate is None else rate,
            )
        )
    return pd.DataFrame(
        rows, columns=["available", "known", "fee_rate"], index=pd.DatetimeIndex(times)
    )


def orders_of(result: Any, symbol: Symbol | str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a result's shorts of a symbol, done and over what was available, as (time, short): what was or would have been short in all (S4)."""
    name = str(Symbol.create(symbol))
    fills = result.fills[(named(result.fills["symbol"]) == name).to_numpy()]
    opening = getattr(result, "opening", None)
    held = 0.0
    if opening is not None and len(opening):
        held = float(opening.loc[(named(opening["symbol"]) == name).to_numpy(), "quantity"].sum())
    after = held + fills["quantity"].to_numpy(dtype=float).cumsum()
    sold = (fills["quantity"].to_numpy() < 0) & (after < 0)
    accepted = pd.DataFrame(
        {"time": pd.to_datetime(fills["time"]).to_numpy()[sold], "short": -after[sold]}
    )
    table = result.refusals
    at = refusals(result)["symbol"] == name
    chosen = table.loc[over_availability(table)][at.to_numpy()]
    wanted = [float(r.open_sells - r.held - r.requested) for r in chosen.itertuples()]
    return accepted, pd.DataFrame(
        {"time": pd.to_datetime(chosen["time"]).to_numpy(), "short": np.array(wanted, dtype=float)}
    )


def plot_availability(
    source: Any,
    symbol: Symbol | str,
    start: Any = None,
    end: Any = None,
    *,
    result: Any = None,
    ax: Axes | None = None,
) -> Any:
    """Draw the shares that could be borrowed of a symbol and the fee, with a backtest's orders accepted and refused.

    Parameters
    ----------
    source : provider, Result, or what `shortable.results.read_result` returned
    symbol : Symbol or str
    start, end : time
        Exchange-local; needed of a provider.
    result : Result, optional
        Whose orders to mark; default `source`, where it is one. An order stands at the shares that would be short in all after
        it, so that one above the line asked for more than there was.
    ax : Axes, optional
        To draw on; default a new figure's. The fee has an axis of its own on the right.

    Returns
    -------
    matplotlib.axes.Axes
        Hatched where no snapshot speaks; no line where no restriction is known.

    Raises
    ------
    InvalidInputError
        A provider is asked without `start` and `end`, or `end` lies before `start`.
    """
    table = availability_of(source, symbol, start, end)
    result = source if result is None and hasattr(source, "fills") else result
    ax = axes(ax)
    ax.set_ylabel("shares")
    if table.empty:
        return nothing(ax, f"{Symbol.create(symbol)} was never short or refused")
    spoken = table["available"].where(table["known"])
    marker = "_" if len(table) == 1 else None
    ax.step(
        table.index,
        spoken,
        where="post",
        color=BLUE,
        linewidth=1.6,
        marker=marker,
        label=f"{Symbol.create(symbol)}: available",
    )
    if len(table) > 1:
        edges = ax.convert_xunits(table.index.to_numpy())
        ax.stairs(spoken.to_numpy()[:-1], edges, fill=True, color=BLUE, alpha=0.12, linewidth=0)
    _hatch(ax, table)
    shown = [spoken.dropna()]
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
    others = []
    if table["fee_rate"].notna().any():
        right = beside(ax, "fee, % a year")
        right.step(
            table.index,
            100 * table["fee_rate"].where(table["known"]),
            where="post",
            color=AMBER,
            linewidth=1.3,
            linestyle="--",
            marker=marker,
            label="fee (right)",
        )
        # Room above it, so that a fee that stays the same does not lie on shares that stay the same.
        right.set_ylim(
            min(0.0, 105 * float(table["fee_rate"].min())),
            max(130 * float(table["fee_rate"].max()), 0.01),
        )
        others.append(right)
    over_time(ax, table.index)
    legend(ax, *others)
    return ax


def _hatch(ax: Any, table: pd.DataFrame) -> None:
    silent = ~table["known"].to_numpy()
    ends = [*table.index[1:], table.index[-1]]
    label = "no snapshot speaks"
    for start, end, mute in zip(table.index, ends, silent, strict=True):
        if mute and end > start:
            ax.axvspan(
                start,
                end,
                facecolor="none",
                edgecolor=GREY,
                hatch="///",
                linewidth=0,
                alpha=0.6,
                label=label,
            )
            label = "_"


def _scale(ax: Any, shares: pd.Series) -> None:
    """Use a logarithmic scale where a linear one would press everything small onto the axis."""
    some = shares[shares > 0]
    if len(some) and float(some.max()) > _SPAN * float(some.min()):
        low, high = int(np.floor(np.log10(float(some.min())))), int(np.log10(float(some.max())))
        ax.set_yscale("symlog", linthresh=10.0**low)  # linear below, so that none has a place
        ax.set_ylabel("shares (log scale)")
        ax.set_yticks([0.0, *(10.0**power for power in range(low, high + 1))])
        ax.yaxis.set_minor_formatter("")
    figures(ax.yaxis)
    ax.set_ylim(bottom=0.0, top=1.06 * float(some.max()) if len(some) else 1.0)
