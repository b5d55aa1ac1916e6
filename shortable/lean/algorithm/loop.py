"""The loop: one time slice after the other, in LEAN's order of events (LEAN: Engine/AlgorithmManager.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.algorithm.capacity import RunCapacity
from shortable.lean.algorithm.corporate import carry_out
from shortable.lean.algorithm.ends_of_days import schedule_ends_of_days
from shortable.lean.algorithm.margin import call_for_margin
from shortable.lean.algorithm.warm_up import warm_up_start
from shortable.lean.enums import AlgorithmStatus, DelistingType
from shortable.lean.feed.config import known_resolution
from shortable.lean.feed.selection import UniverseSelection
from shortable.lean.feed.slices import Slice
from shortable.lean.feed.subscription import Feed, Subscription
from shortable.lean.feed.synchronizer import Synchronizer, TimeSlice, Update
from shortable.lean.models import method
from shortable.lean.numbers import decimal_of
from shortable.lean.statistics import Sampler

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["Loop"]

_MARGIN_CALLS = timedelta(minutes=5)  # AlgorithmManager.cs, marginCallFrequency
_HOUR = timedelta(hours=1)


class Loop:
    """Runs an initialised algorithm to its end.

    Parameters
    ----------
    kernel : Kernel
        Whose algorithm has been through `initialize`.
    progress : callable, optional
        Is told how many of how many days are done.
    """

    def __init__(self, kernel: Kernel, progress: Callable[[int, int], None] | None = None) -> None:
        assert kernel.start is not None
        assert kernel.end is not None
        self.kernel, self.algorithm = kernel, kernel.algorithm
        self.start, self.end = kernel.start, kernel.end
        self.feed = Feed(kernel.source, self.end, lambda: kernel.settings.daily_precise_end_time)
        self.feed.market = kernel.market
        self.selection = UniverseSelection(kernel, self.feed)
        first = warm_up_start(kernel, self.start)
        kernel.is_warming_up = first is not None
        coarser = kernel.warm_up[1] if kernel.warm_up is not None else None
        coarser = kernel.settings.warm_up_resolution if coarser is None else coarser
        if first is not None and coarser is not None:
            self.feed.warm_up = self.start, known_resolution(coarser)
        kernel.clock.now = self.begin = self.start if first is None else first
        self.synchronizer = Synchronizer(self.selection, self.feed, self.begin)
        clock = kernel.clock
        self.sampler = Sampler(
            _utc(clock, self.start), _utc(clock, self.end), kernel.portfolio.exact_total_value
        )
        self.capacity = RunCapacity(kernel, self.start, self.end)
        self._next_margin_call = datetime.min
        self._next_models = _floor_hour(self.begin) + _HOUR
        self._warmed = not kernel.is_warming_up
        self.progress, self._day = progress, -1

    # -- from the first slice to the last -------------------------------------------------------------------------
    def run(self) -> None:
        """Run."""
        kernel = self.kernel
        kernel.schedule.begin(self.start.date(), self.end.date(), self.begin)
        kernel.schedule.enter(
            "Daily Sampling",
            kernel.date_rules.every_day(),
            kernel.time_rules.midnight,
            lambda moment: self._sample(),
        )
        schedule_ends_of_days(kernel)
        self._benchmark()
        self._take_in_changes()
        if kernel.status != AlgorithmStatus.STOPPED:  # by quit() in initialize
            kernel.status = AlgorithmStatus.RUNNING
        if self._warmed:
            self.algorithm.on_warmup_finished()
        for slice_ in self.synchronizer:
            if slice_.time > self.end:
                break
            self._report(slice_.time)
            self._warm(slice_.time)
            if kernel.status != AlgorithmStatus.RUNNING:
                break
            if not self._step(slice_):
                break
        kernel.is_warming_up = False
        self.algorithm.on_end_of_algorithm()
        self.capacity.finish()
        self.sampler.step(kernel.clock.utc, self._value(), force=True)
        kernel.status = AlgorithmStatus.COMPLETED
        self._sample()

    def _report(self, moment: datetime) -> None:
        """Say how far the run is, once a day."""
        if self.progress is not None and moment.toordinal() != self._day:
            self._day = moment.toordinal()
            first = self.begin.toordinal()
            self.progress(self._day - first, self.end.toordinal() - first + 1)

    def _warm(self, moment: datetime) -> None:
        """End the warm-up once the start is reached."""
        if self._warmed or moment < self.start:
            return
        self._warmed = True
        self.kernel.schedule.past(self.start, self._set_time)
        self._set_time(self.start)
        self.kernel.is_warming_up = False
        self.algorithm.on_warmup_finished()
        self.kernel.debug("Algorithm finished warming up.")

    def _step(self, slice_: TimeSlice) -> bool:
        """Handle one slice; return whether to go on."""
        kernel, algorithm, now = self.kernel, self.algorithm, slice_.time
        if self._value() <= 0:
            kernel.debug("Portfolio value is less than or equal to zero, stopping algorithm.")
            return False
        kernel.schedule.past(now, self._set_time)
        kernel.subscription_manager.scan_past(now)
        self._set_time(now)
        if slice_.is_pulse:
            return True
        data = Slice(kernel.clock.face, kernel.clock.utc, slice_.for_algorithm())
        kernel.current_slice = data
        self._members(slice_)
        for update in slice_.updates:
            if update.prices:
                update.security.update(
                    update.prices, update.config.type, update.contains_fill_forward
                )
                kernel.trade_builder.set_market_price(
                    update.security.symbol, decimal_of(update.security.price)
                )
        self._hourly(now)
        for points in slice_.universe_data.values():
            for point in points:
                security = kernel.securities.get(point.symbol)
                if security is not None:
                    security.cache.store_data([point], type(point))
        self._renamed(data)
        kernel.handler.process_synchronous_events()
        for delisting in data.delistings.values:
            if delisting.type == DelistingType.DELISTED:
                kernel.handler.process_delisting(delisting.symbol)
                kernel.securities.remove(delisting.symbol)
        kernel.schedule.present(now)
        if kernel.status != AlgorithmStatus.RUNNING:
            return False
        self._margin(now)
        if slice_.changes.count:
            algorithm.on_securities_changed(slice_.changes)
            kernel.framework.securities_changed(slice_.changes)
        carry_out(kernel, data)
        self._consolidate(slice_.updates)
        if len(data.splits):
            algorithm.on_splits(data.splits)
        if len(data.dividends):
            algorithm.on_dividends(data.dividends)
        if len(data.delistings):
            algorithm.on_delistings(data.delistings)
        if data.has_data:
            algorithm.on_data(data)
        kernel.framework.step(data)
        kernel.handler.process_synchronous_events()
        utc = kernel.clock.utc
        self.capacity.update()
        if self.sampler.is_due(utc):
            self.sampler.step(utc, self._value(), warming_up=kernel.is_warming_up)
        algorithm.on_end_of_time_step()
        self._take_in_changes()
        return True

    # -- the parts of a step --------------------------------------------------------------------------------------
    def _set_time(self, moment: datetime) -> None:
        self.kernel.clock.now = moment

    def _members(self, slice_: TimeSlice) -> None:
        """Let securities trade that came into a universe, and none that left all of them."""
        kernel = self.kernel
        for security in slice_.changes.added_securities:
            security.is_tradable = True
            kernel.securities.add(security)
        for security in slice_.changes.removed_securities:
            if not kernel.universe_manager.is_active(security.symbol):
                security.is_tradable = False

    def _hourly(self, now: datetime) -> None:
        """Charge or pay interest, and settle what is due, once an hour."""
        if now < self._next_models:
            return
        kernel = self.kernel
        for security in list(kernel.securities.values):
            kernel.scan_models(security)
        self._next_models = _floor_hour(now) + _HOUR

    def _renamed(self, data: Slice) -> None:
        if not len(data.symbol_changed_events):
            return
        self.algorithm.on_symbol_changed_events(data.symbol_changed_events)
        for symbol in data.symbol_changed_events.keys:
            for ticket in self.kernel.transactions.get_open_order_tickets(symbol):
                ticket.cancel("Open order cancelled on symbol changed event")

    def _margin(self, now: datetime) -> None:
        """Call for margin, or warn, every five minutes at most."""
        if now >= self._next_margin_call:
            call_for_margin(self.kernel)
            self._next_margin_call = now + _MARGIN_CALLS

    def _consolidate(self, updates: list[Update]) -> None:
        now = self.kernel.clock.now
        for update in updates:
            if update.config.is_internal_feed:
                continue
            for consolidator in list(update.config.consolidators):
                for point in update.prices:
                    consolidator.update(point)
                consolidator.scan(now)

    # -- samples --------------------------------------------------------------------------------------------------
    def _value(self) -> Decimal:
        return self.kernel.portfolio.exact_total_value

    def _sample(self) -> None:
        kernel = self.kernel
        own = kernel.benchmark
        benchmark = (
            Decimal(0)
            if own is None
            else decimal_of(method(own, "evaluate")(kernel.clock.utc) or 0)
        )
        self.sampler.sample(
            kernel.clock.utc,
            self._value(),
            benchmark,
            kernel.portfolio.exact_total_sale_volume,
            warming_up=kernel.is_warming_up,
        )

    # -- securities and universes that came or went ---------------------------------------------------------------
    def _benchmark(self) -> None:
        """Subscribe to the benchmark, from the trading day before so that it has a price (AddPendingInternalDataFeeds)."""
        kernel = self.kernel
        kernel.make_benchmark()
        config = kernel.benchmark_config()
        if config is None:
            return
        day = kernel.market.days_before(self.begin.date(), 1)
        session = kernel.market.session(day)
        start = session.start if session is not None else self.begin
        data = self.feed.bars(config, start, self.end)
        self.selection.enter(Subscription(config, kernel.benchmark_security, data, start))

    def _take_in_changes(self) -> None:
        """Begin what `add_universe`, `add_equity` and `remove_security` asked for."""
        kernel = self.kernel
        for universe in kernel.pending_universes:
            kernel.universe_manager.universes.append(universe)
            self.synchronizer.add_universe(universe, kernel.clock.now)
        kernel.pending_universes.clear()
        if kernel.user_universe_changed:
            kernel.user_universe_changed = False
            self.synchronizer.select_now(kernel.universe_manager.user_defined)


def _utc(clock: Any, moment: datetime) -> datetime:
    from shortable.lean.algorithm.clock import Clock

    return Clock(moment).utc


def _floor_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
