"""zipline-reloaded: a blotter that places only what could be borrowed, and a metric that charges for the nights.

One line: ``run_algorithm(..., **shortable.adapters.zipline.limit_shorts(provider).arguments)``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Literal, Unpack

import pandas as pd

from shortable.adapters.host import DeskOptions, HostDesk, host_module
from shortable.provider import ProviderLike
from shortable.rule import check_choice

__all__ = ["LimitedShorts", "bundle_of_frames", "limit_shorts"]


def limit_shorts(
    provider: ProviderLike,
    *,
    data_frequency: Literal["daily", "minute"] = "daily",
    metrics_set: Any = "default",
    blotter_options: dict[str, object] | None = None,
    **options: Unpack[DeskOptions],
) -> LimitedShorts:
    """Make the blotter and the metrics set with which ``zipline.run_algorithm`` keeps to what could be borrowed.

    A refused order has the status ``REJECTED`` and the tag as its reason. (A ``TradingControl`` would not see
    resting orders and, set to log, would still place the order.) The borrow fee of a night is processed as a
    commission at the start of the next session, before its fills (S8).

    Parameters
    ----------
    provider : IShortableProvider
        Whatever `as_provider` takes.
    data_frequency : {"daily", "minute"}
        As given to ``run_algorithm``: daily orders look up at the session's `look_up`, others at the minute.
    metrics_set : str or set
        To which the fee's metric is added.
    blotter_options : dict, optional
        Of ``SimulationBlotter``: slippage, commission, cancel policy.
    **options
        Of `HostDesk`: ``on_exceed``, ``look_up``, ``recheck`` ("submission" or "daily": the host calls nothing
        before a fill), ``borrow_fee``, ``own_use``, ``share``, ``actions``, ``basis`` ("raw" for a bundle with splits,
        which zipline applies to positions itself), ``symbols`` (an ``Equity`` to a symbol; default its ticker).

    Returns
    -------
    LimitedShorts

    Raises
    ------
    MissingDependencyError
        zipline-reloaded is not installed.
    """
    check_choice("data_frequency", data_frequency, ("daily", "minute"))
    desk = HostDesk.of_options(
        "zipline",
        provider,
        {"symbols": lambda asset: asset.symbol, **options},
        recheck=("submission", "daily"),
        reason="zipline calls nothing before a fill.",
    )
    blotter = _blotter_class()(**(blotter_options or {}))
    blotter.desk, blotter.daily = desk, data_frequency == "daily"
    metrics = host_module("zipline.finance.metrics", "zipline")
    chosen = metrics.load(metrics_set) if isinstance(metrics_set, str) else set(metrics_set)
    return LimitedShorts(desk, blotter, chosen | {_BorrowFee(desk, blotter)})


class LimitedShorts:
    """What ``run_algorithm`` needs, and the desk.

    Attributes
    ----------
    desk : HostDesk
        ``desk.report()``, ``desk.refusals``, ``desk.total_borrow_cost``.
    blotter : zipline.finance.blotter.SimulationBlotter
    metrics_set : set
    """

    def __init__(self, desk: HostDesk, blotter: Any, metrics_set: Any) -> None:
        self.desk, self.blotter, self.metrics_set = desk, blotter, metrics_set

    @property
    def arguments(self) -> dict[str, object]:
        """``blotter`` and ``metrics_set``, for ``run_algorithm``."""
        return {"blotter": self.blotter, "metrics_set": self.metrics_set}


def bundle_of_frames(
    frames: Mapping[str, pd.DataFrame],
    *,
    name: str = "frames",
    environ: Mapping[str, str] | None = None,
) -> str:
    """Make a daily bundle of DataFrames, for ``run_algorithm(bundle=...)``.

    Parameters
    ----------
    frames : mapping of ticker to DataFrame
        Columns open, high, low, close, volume; a DatetimeIndex of NYSE sessions at naive midnight. Prices are kept to a
        tenth of a cent, as zipline does.
    name : str
        Of the bundle; one of that name is replaced.
    environ : mapping, optional
        With ``ZIPLINE_ROOT``, where the bundle lies; default the process's own.

    Returns
    -------
    str
        `name`.
    """
    bundles = host_module("zipline.data.bundles", "zipline")
    first, last = (pick(f.index[at] for f in frames.values()) for pick, at in ((min, 0), (max, -1)))

    def ingest(
        _environ: object, assets: Any, _minutes: object, daily: Any, adjustments: Any, *_: object
    ) -> None:
        tickers = list(frames)
        known = pd.DataFrame(
            {
                "symbol": tickers,
                "asset_name": tickers,
                "start_date": first,
                "end_date": last,
                "exchange": "NYSE",
            }
        )
        exchanges = pd.DataFrame(
            [["NYSE", "XNYS", "US"]], columns=["exchange", "canonical_name", "country_code"]
        )
        assets.write(equities=known, exchanges=exchanges)
        daily.write(
            ((sid, frames[ticker]) for sid, ticker in enumerate(tickers)), show_progress=False
        )
        adjustments.write()

    if name in bundles.bundles:
        bundles.unregister(name)
    bundles.register(name, ingest, calendar_name="XNYS", start_session=first, end_session=last)
    bundles.ingest(name, environ=os.environ if environ is None else environ)
    return name


@cache
def _blotter_class() -> type:
    host = host_module("zipline.finance.blotter.simulation_blotter", "zipline")

    class ShortableBlotter(host.SimulationBlotter):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        """See `limit_shorts`."""

        desk: HostDesk
        daily: bool
        ledger: Any = None

        def order(self, asset: Any, amount: float, style: Any, order_id: str | None = None) -> Any:
            if amount >= 0:
                return super().order(asset, amount, style, order_id)
            resting = [-o.open_amount for o in self.open_orders.get(asset, ()) if o.open_amount < 0]
            at = self.desk.look_up_time(asset, self.current_dt, daily=self.daily)
            held, sells = self.held(asset), sum(resting)
            allowed = self.desk.allowed(asset, at, -amount, held, sells)
            placed = super().order(asset, -allowed or amount, style, order_id)
            if allowed:
                self.desk.sent(asset, at, allowed, held, sells, placed)
            else:
                self.reject(placed, reason=self.desk.last_tag)
            return placed

        def cancel(self, order_id: str, relay_status: bool = True) -> None:
            super().cancel(order_id, relay_status)
            self._ended(order_id)

        def reject(self, order_id: str, reason: str = "") -> None:
            super().reject(order_id, reason)
            self._ended(order_id)

        def _ended(self, order_id: str) -> None:
            """Give back what an order took that ended unfilled."""
            order = self.orders.get(order_id)
            if order is not None and not order.filled:
                self.desk.cancelled(order.asset, order_id)

        def held(self, asset: Any) -> float:
            """Return shares held, negative for a short."""
            position = self.ledger.position_tracker.positions.get(asset)
            return 0 if position is None else position.amount

        def begin_session(self, session: date) -> None:
            """Let resting sells count anew; reject the newest that can no longer be borrowed, where that is asked for."""
            # At a session's start the host's clock reads midnight UTC, which is the evening before.
            for asset, orders in list(self.open_orders.items()):
                resting = [(o.id, -o.open_amount) for o in orders if o.open_amount < 0]
                held = self.held(asset)
                self.desk.begin_session(asset, session, held, resting)
                if self.desk.recheck == "daily":
                    at = self.desk.time_before_fills(asset, session)
                    for order_id in self.desk.excess(asset, at, held, resting):
                        self.reject(order_id, reason=self.desk.tag_of(order_id))

    return ShortableBlotter


class _BorrowFee:
    """A metric, because zipline calls metrics at a session's start, before its fills."""

    def __init__(self, desk: HostDesk, blotter: Any) -> None:
        self._desk, self._blotter = desk, blotter
        self._calendar: Any = None

    def start_of_simulation(
        self, ledger: Any, emission_rate: object, trading_calendar: Any, *_: object
    ) -> None:
        """Keep the ledger, in which positions are looked up."""
        self._blotter.ledger, self._calendar = ledger, trading_calendar

    def start_of_session(self, ledger: Any, session: Any, data_portal: object) -> None:
        """Charge the night, then look at resting orders."""
        before, today = None, session.date()
        for asset, position in list(ledger.position_tracker.positions.items()):
            if position.amount < 0:
                before = (
                    before or self._calendar.previous_session(str(today)).date()
                )  # its sessions have no zone
                cost = self._desk.charge(
                    asset, -position.amount, position.last_sale_price, before, today
                )
                if cost:
                    ledger.process_commission({"asset": asset, "cost": cost})
        self._blotter.begin_session(today)
