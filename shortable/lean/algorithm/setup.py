"""What an algorithm says in `initialize`: dates, cash, the broker, the models."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.clock import zone
from shortable.lean.arguments import by_name
from shortable.lean.benchmarks import FuncBenchmark
from shortable.lean.brokerages.brokers import brokerage_model
from shortable.lean.brokerages.initializers import BrokerageModelSecurityInitializer
from shortable.lean.enums import AccountType, AlgorithmMode, AlgorithmStatus, DeploymentTarget
from shortable.lean.symbols import Symbol

__all__ = ["SetupPart"]

_LAST_MOMENT = timedelta(microseconds=1)  # LEAN's end is the last tick of its date


def _day(arguments: tuple[Any, ...], name: str) -> date:
    if len(arguments) == 3:
        return date(*arguments)
    if len(arguments) == 1 and isinstance(arguments[0], datetime):
        return arguments[0].date()
    if len(arguments) == 1 and isinstance(arguments[0], date):
        return arguments[0]
    raise InvalidInputError(name, arguments, "be year, month and day, or a date")


class SetupPart(AlgorithmPart):
    """Dates, cash, broker, initializers, benchmark, parameters, warm-up."""

    @by_name("year", "month", "day", "start")
    def set_start_date(self, *arguments: Any) -> None:
        """Say the first date: year, month, day, or a date."""
        self.__only_before("set_start_date")
        day = self._lean.fixed.get("start") or _day(arguments, "start_date")
        self._lean.start = self._lean.clock.inside(datetime.combine(day, time()))
        self._lean.clock.now = self._lean.start

    @by_name("year", "month", "day", "end")
    def set_end_date(self, *arguments: Any) -> None:
        """Say the last date, which is still run."""
        self.__only_before("set_end_date")
        day = self._lean.fixed.get("end") or _day(arguments, "end_date")
        self._lean.end = (
            self._lean.clock.inside(datetime.combine(day, time()))
            + timedelta(days=1)
            - _LAST_MOMENT
        )

    def __only_before(self, name: str) -> None:
        if self._lean.initialised:
            raise EngineError(f"{name} belongs in initialize: the run has begun.")

    @property
    def start_date(self) -> datetime:
        """First date, at midnight."""
        return (
            self._lean.clock.shown(self._lean.start) if self._lean.start else datetime(1998, 1, 1)
        )

    @property
    def end_date(self) -> datetime:
        """Last date, at its last moment."""
        return self._lean.clock.shown(self._lean.end) if self._lean.end else datetime(1998, 1, 1)

    @by_name("symbol", "starting_cash", "conversion_rate")
    def set_cash(self, *arguments: Any) -> None:
        """Say how much cash there is: an amount, or a currency and an amount."""
        self.__only_before("set_cash")
        if "cash" in self._lean.fixed and len(arguments) == 1:
            arguments = (self._lean.fixed["cash"],)
        self._lean.portfolio.set_cash(*arguments)

    def set_account_currency(
        self, account_currency: str, starting_cash: float | None = None
    ) -> None:
        """Accept the US dollar, which is what accounts are in."""
        self._lean.portfolio.set_account_currency(account_currency, starting_cash)

    @property
    def account_currency(self) -> str:
        """USD."""
        return "USD"

    def set_time_zone(self, time_zone: Any) -> None:
        """Say in which zone the algorithm sees the clock; exchange time stays New York's."""
        self.__only_before("set_time_zone")
        kernel = self._lean
        face = {
            n: getattr(kernel, n) and kernel.clock.shown(getattr(kernel, n))
            for n in ("start", "end")
        }
        kernel.clock.zone = zone(time_zone)
        for name, moment in face.items():
            if moment is not None:
                setattr(kernel, name, kernel.clock.inside(moment))
        if kernel.start is not None:
            kernel.clock.now = kernel.start

    @property
    def time_zone(self) -> Any:
        """The zone in which the algorithm sees the clock."""
        return self._lean.clock.zone

    # -- the broker -----------------------------------------------------------------------------------------------
    def set_brokerage_model(
        self, model: Any, account_type: AccountType = AccountType.MARGIN
    ) -> None:
        """Say which broker's models securities get: a `BrokerageName`, or a model of the user's."""
        kernel = self._lean
        kernel.brokerage_model = brokerage_model(model, account_type)
        kernel.brokerage_named = True
        if kernel.initializer_named:
            return
        kernel.security_initializer = BrokerageModelSecurityInitializer(kernel.brokerage_model)
        for security in list(kernel.securities.values):
            leverage = security.leverage
            kernel.initialise(security)
            security.set_leverage(leverage)

    @property
    def brokerage_model(self) -> Any:
        """The broker's models."""
        return self._lean.brokerage_model

    @property
    def brokerage_name(self) -> Any:
        """The broker's name, where it has one."""
        return getattr(self._lean.brokerage_model, "name", None)

    def set_security_initializer(self, initializer: Any) -> None:
        """Set models by a function of a security, or an object with `initialize`; the broker's are not set then."""
        self.__only_before("set_security_initializer")
        self._lean.security_initializer = initializer
        self._lean.initializer_named = True

    def add_security_initializer(self, initializer: Any) -> None:
        """Set further models, after the initializer in force has set its own."""
        self.__only_before("add_security_initializer")
        self._lean.initializers.append(initializer)

    def set_slippage_model(self, model: Any) -> None:
        """Set one slippage model for all securities; what a security is given afterwards goes before it."""
        self.__only_before("set_slippage_model")
        for security in self._lean.securities.values:
            security.set_slippage_model(model)
        self._lean.initializers.append(lambda security: security.set_slippage_model(model))

    @property
    def security_initializer(self) -> Any:
        """The initializer in force."""
        return self._lean.security_initializer

    def set_risk_free_interest_rate_model(self, model: Any) -> None:
        """Keep a model of the interest rate, for the statistics."""
        self._lean.fixed["risk_free"] = model

    @property
    def account_type(self) -> AccountType:
        """Whether it is a margin or a cash account: the broker's model says so."""
        return AccountType(getattr(self._lean.brokerage_model, "account_type", AccountType.MARGIN))

    @property
    def enable_automatic_indicator_warm_up(self) -> bool:
        """LEAN's older name of ``settings.automatic_indicator_warm_up``."""
        return bool(self._lean.settings.automatic_indicator_warm_up)

    @enable_automatic_indicator_warm_up.setter
    def enable_automatic_indicator_warm_up(self, value: bool) -> None:
        self._lean.settings.automatic_indicator_warm_up = value

    # -- benchmark and parameters ---------------------------------------------------------------------------------
    @by_name("security_type", "symbol", "ticker", "benchmark")
    def set_benchmark(self, *arguments: Any) -> None:
        """Say what the statistics compare with: a ticker, a symbol, or a function of the time."""
        what = arguments[-1]
        kernel = self._lean
        if callable(what) and not isinstance(what, Symbol):
            kernel.benchmark_security, kernel.benchmark = None, FuncBenchmark(what)
            return
        symbol = (
            what
            if isinstance(what, Symbol)
            else kernel.source.resolve(str(what), kernel.clock.now.date())
        )
        kernel.follow(symbol)

    @property
    def benchmark(self) -> Any:
        """What the statistics compare with, or None while it is not known; has ``evaluate(time)``."""
        return self._lean.benchmark

    def get_parameter(self, name: str, default: Any = None) -> Any:
        """Return a parameter as text, or as the number that the default is; the default where there is none."""
        text = self._lean.parameters.get(name)
        if text is None or default is None or isinstance(default, str):
            return default if text is None else text
        if isinstance(default, bool):
            return text.strip().lower() in ("true", "1", "yes")
        try:
            return int(text) if isinstance(default, int) else float(text)
        except ValueError:
            kind = "whole number" if isinstance(default, int) else "number"
            raise InvalidInputError(f"parameter {name}", text, f"be a {kind}") from None

    def get_parameters(self) -> dict[str, str]:
        """Return all parameters."""
        return dict(self._lean.parameters)

    def set_parameters(self, parameters: dict[str, str]) -> None:
        """Set parameters that the run was not given."""
        self._lean.parameters = {**parameters, **self._lean.parameters}

    # -- warm-up --------------------------------------------------------------------------------------------------
    @by_name("time_span", "bar_count", "period", "resolution")
    def set_warm_up(self, period: Any, resolution: Any = None) -> None:
        """Run over data before the start without trading: a timedelta, or a number of bars of a resolution."""
        self.__only_before("set_warm_up")
        if not isinstance(period, (int, timedelta)):
            raise InvalidInputError("warm_up", period, "be a timedelta or a number of bars")
        self._lean.warm_up = (period, resolution)

    set_warmup = set_warm_up

    @property
    def is_warming_up(self) -> bool:
        """Whether the start has not been reached."""
        return self._lean.is_warming_up

    # -- what kind of run it is -----------------------------------------------------------------------------------
    @property
    def live_mode(self) -> bool:
        """False: this is a backtest."""
        return False

    def set_live_mode(self, live: bool) -> None:
        """Refuse to go live."""
        if live:
            raise InvalidInputError("live", live, "be False", "shortable.lean runs backtests only.")

    @property
    def algorithm_mode(self) -> AlgorithmMode:
        """Backtesting."""
        return AlgorithmMode.BACKTESTING

    @property
    def deployment_target(self) -> DeploymentTarget:
        """This machine."""
        return DeploymentTarget.LOCAL_PLATFORM

    @property
    def status(self) -> AlgorithmStatus:
        """What state the run is in."""
        return self._lean.status

    @property
    def settings(self) -> Any:
        """What the algorithm may tune."""
        return self._lean.settings

    @property
    def algorithm_id(self) -> str:
        """Name of the algorithm's class."""
        return type(self).__name__

    def set_name(self, name: str) -> None:
        """Name the algorithm."""
        self._lean.fixed["name"] = name

    @property
    def name(self) -> str:
        """The algorithm's name."""
        return str(self._lean.fixed.get("name", type(self).__name__))

    def set_tags(self, tags: Any) -> None:
        """Keep tags."""
        self._lean.fixed["tags"] = set(tags)

    def add_tag(self, tag: str) -> None:
        """Keep one more tag."""
        self._lean.fixed.setdefault("tags", set()).add(tag)

    @property
    def tags(self) -> set[str]:
        """The algorithm's tags."""
        return set(self._lean.fixed.get("tags", ()))
