"""`run_algorithm`: an algorithm written for LEAN, from its file or class to its statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import RUNNING
from shortable.lean.algorithm.kernel import Kernel
from shortable.lean.algorithm.loop import Loop
from shortable.lean.algorithm.qc_algorithm import QCAlgorithm
from shortable.lean.data.folder_source import LeanDataFolder
from shortable.lean.data.globals import data_folder_is
from shortable.lean.data.market_data_source import MarketDataSource
from shortable.lean.enums import AlgorithmStatus
from shortable.lean.hints import explain
from shortable.lean.imports import algorithms_in, lean_modules, load
from shortable.lean.models import method
from shortable.lean.numbers import decimal_of
from shortable.lean.result import LeanObjects, LeanResult
from shortable.lean.statistics import summary
from shortable.lean.statistics.builder import performance
from shortable.lean.symbols import SymbolCache, resolving_with
from shortable.lean.tables import info_of, tables_of
from shortable.market_data import MarketData

if TYPE_CHECKING:
    from shortable.lean.data.source import PriceSource
    from shortable.lean.statistics import PortfolioStatistics

__all__ = ["run_algorithm", "source_of"]


def source_of(prices: Any) -> PriceSource:
    """Return a price source: one as it is, of a LEAN data folder's path, or of `MarketData`.

    Raises
    ------
    InvalidInputError
        It is none of these, or the folder is not laid out as LEAN's.
    """
    if isinstance(prices, MarketData):
        return MarketDataSource(prices)
    if isinstance(prices, (str, Path)):
        return LeanDataFolder(prices)
    if hasattr(prices, "hours") and hasattr(prices, "day"):
        return prices  # type: ignore[no-any-return]
    raise InvalidInputError(
        "source", type(prices).__name__, "be a LEAN data folder, MarketData or a PriceSource"
    )


def run_algorithm(
    algorithm: type[Any] | str | Path,
    source: Any = None,
    *,
    start: Any = None,
    end: Any = None,
    cash: float | None = None,
    parameters: Mapping[str, str] | None = None,
    class_name: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    raising: bool = False,
) -> LeanResult:
    """Run an algorithm written for LEAN.

    Parameters
    ----------
    algorithm : type or path
        A subclass of `QCAlgorithm`, or a Python file that defines one.
    source : path, MarketData or PriceSource, optional
        Prices: a LEAN data folder, or our own; default the made-up sample.
    start, end : date or str, optional
        Go before the algorithm's own.
    cash : float, optional
        Goes before the algorithm's own.
    parameters : mapping of str to str, optional
        For ``get_parameter``.
    class_name : str, optional
        Which algorithm of a file that defines several.
    progress : callable, optional
        Is told how many of how many days are done.
    raising : bool, optional
        Raise what the algorithm raises, instead of noting it in the result.

    Returns
    -------
    LeanResult

    Raises
    ------
    InvalidInputError
        There is no such file or class, or the dates are no run.
    """
    prices = source_of(MarketData.sample() if source is None else source)
    fixed = {"start": _date(start, "start"), "end": _date(end, "end"), "cash": cash}
    given = {name: str(value) for name, value in dict(parameters or {}).items()}
    with lean_modules(), data_folder_is(prices.folder), resolving_with(prices):
        SymbolCache.clear()
        cls = algorithm if isinstance(algorithm, type) else _class(Path(algorithm), class_name)
        if not issubclass(cls, QCAlgorithm):
            raise InvalidInputError("algorithm", cls.__name__, "be a subclass of QCAlgorithm")
        token = RUNNING.set(lambda made: Kernel(made, prices, given))
        try:
            own = {name: value for name, value in fixed.items() if value is not None}
            return _run(cls, prices, own, progress, raising=raising)
        finally:
            RUNNING.reset(token)


def _class(path: Path, class_name: str | None) -> type[Any]:
    try:
        found = algorithms_in(load(path))
    except (NameError, ImportError) as error:
        explain(error)
        raise
    if class_name is not None:
        found = [c for c in found if c.__name__ == class_name]
    if len(found) != 1:
        names = ", ".join(c.__name__ for c in found) or "none"
        raise InvalidInputError(
            "algorithm",
            str(path),
            "define exactly one subclass of QCAlgorithm",
            f"It defines {names}.",
        )
    return found[0]


def _run(
    cls: type[Any],
    prices: PriceSource,
    fixed: dict[str, Any],
    progress: Callable[[int, int], None] | None,
    *,
    raising: bool,
) -> LeanResult:
    algorithm = cls()
    kernel = algorithm._lean
    kernel.fixed.update(fixed)
    loop: Loop | None = None
    try:
        algorithm.initialize()
        _settle(kernel)
        kernel.framework.begin()
        algorithm.post_initialize()
        kernel.initialised = True
        loop = running = Loop(kernel, progress)
        kernel.figures = lambda: _statistics(kernel, running)
        loop.run()
    except Exception as error:
        explain(error)
        kernel.status = AlgorithmStatus.RUNTIME_ERROR
        if raising:
            raise
        return _result(algorithm, prices, loop, error)
    return _result(algorithm, prices, loop, None)


def _settle(kernel: Any) -> None:
    """Fill in dates and cash that the algorithm does not name, and check that there is a run."""
    span = getattr(kernel.source, "span", None)
    first, last = span() if callable(span) else (None, None)
    algorithm = kernel.algorithm
    for name, default in (("start", first), ("end", last)):
        if getattr(kernel, name) is None:
            if (
                default is None and kernel.status == AlgorithmStatus.STOPPED
            ):  # by quit() in initialize: any day will do
                default = kernel.start or date(1998, 1, 1)
            day = kernel.fixed.get(name, default)
            if day is None and name == "end" and hasattr(kernel.source, "last_day"):
                day = kernel.source.last_day(
                    [*kernel.securities.keys, kernel.source.resolve("SPY")]
                )
                if day is not None:
                    kernel.debug(
                        f"No end date was set: the run goes on to {day}, the last day that there are data for."
                    )
            if day is None:
                raise InvalidInputError(
                    f"{name}_date", None, f"be named with set_{name}_date in initialize"
                )
            getattr(algorithm, f"set_{name}_date")(day)
    if "cash" in kernel.fixed:
        algorithm.set_cash(kernel.fixed["cash"])
    if kernel.start > kernel.end:
        raise InvalidInputError(
            "end_date", str(kernel.end.date()), f"be {kernel.start.date()} or later: the start date"
        )


def _result(
    algorithm: Any, prices: PriceSource, loop: Loop | None, error: Exception | None
) -> LeanResult:
    kernel = algorithm._lean
    table: dict[str, str] = {}
    if loop is not None and error is None:
        table = {**_statistics(kernel, loop)[0], **kernel.journal.summary_statistics}
    equity = [] if loop is None else list(loop.sampler.equity)
    return LeanResult(
        tables_of(kernel, equity),
        info_of(kernel, algorithm.name, table, equity),
        algorithm=algorithm,
        objects=LeanObjects(
            orders=[order.clone() for _, order in sorted(kernel.handler.orders.items())],
            tickets=[ticket for _, ticket in sorted(kernel.handler.tickets.items())],
            order_events=list(kernel.journal.order_events),
            messages=list(kernel.journal.messages),
            equity=equity,
        ),
        start=kernel.start or datetime(1998, 1, 1),
        end=kernel.end or datetime(1998, 1, 1),
        short_interest=_short_interest(kernel),
        daily_bars_end="close" if kernel.settings.daily_precise_end_time else "midnight",
        error=error,
    )


def _short_interest(kernel: Kernel) -> float | None:
    """Return what longs received less what shorts paid; None where no security has LEAN's model of it."""
    models = [security.margin_interest_rate_model for security in kernel.securities.total]
    amounts = [float(model.amount) for model in models if hasattr(model, "amount")]
    return sum(amounts) if amounts else None


def _statistics(kernel: Any, loop: Loop) -> tuple[dict[str, str], PortfolioStatistics]:
    """Return LEAN's table and the numbers behind it, at the end or while the run goes on."""
    transactions = kernel.transactions
    figures = performance(
        loop.sampler,
        [profit for _, profit in sorted(transactions.exact_transaction_record.items())],
        _risk_free(kernel),
        transactions.win_count,
        transactions.loss_count,
        kernel.settings.trading_days_per_year or 252,
    )
    table = summary(
        figures,
        total_fees=kernel.portfolio.exact_total_fees,
        total_orders=transactions.orders_count,
        capacity=loop.capacity.figures,
    )
    return table, figures


def _risk_free(kernel: Any) -> Callable[[date], Decimal]:
    """Return the rate of a day: by the user's model, else the price source's."""
    model = kernel.fixed.get("risk_free")
    if model is None:
        return kernel.source.interest_rate  # type: ignore[no-any-return]
    ask = method(model, "get_interest_rate")
    return lambda day: decimal_of(ask(datetime.combine(day, time())))


def _date(value: Any, name: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise InvalidInputError(name, str(value), "be a date such as 2024-01-31") from None
