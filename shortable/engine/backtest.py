"""Backtest: an algorithm, its data and the run's assumptions, run to a Result."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from shortable.actions import ActionsLike, as_actions
from shortable.borrow import (
    Convention,
    FeeOnMarketValue,
    LocateModel,
    NullBorrowFee,
    NullLocate,
    check_convention,
)
from shortable.clock import LocalTime
from shortable.engine.action_calendar import OnDelisting, check_on_delisting
from shortable.engine.algorithm import Algorithm, as_date, starting_cash
from shortable.engine.lending import Lending
from shortable.engine.maintenance import MaintenanceModel, NullMaintenance
from shortable.engine.run_state import RunState, Settings
from shortable.engine.simulation import Progress, Simulation, Watch, errors_named
from shortable.errors import EngineError, InvalidInputError, TimeError
from shortable.market_data import MarketData
from shortable.provider import ProviderLike, as_provider
from shortable.recall import NullRecall, RecallOnShortfall, Recalls
from shortable.restrictions import NullRestriction, Restriction
from shortable.results import OpeningBook, Result
from shortable.rule import OnExceed, OwnUse, Recheck, check_choice, check_share

__all__ = ["Backtest"]


class Backtest:
    """Run an algorithm over prices, with shorts limited to what could be borrowed.

    Parameters
    ----------
    algorithm : type of Algorithm, callable or Algorithm
        A class, or a function of no arguments that makes one, which is called anew in each run; or an instance,
        of which each run uses a deep copy, so that it stays as it is (the copy is ``result.algorithm``).
    data : MarketData
        Prices.
    start, end : date or str, optional
        First and last date, both included; they override the algorithm's `set_start_date` and `set_end_date`.
    cash : float, optional
        Starting cash; overrides the algorithm's `set_cash`. Default 100,000.
    provider : object, optional
        Says what can be borrowed of securities for which neither you nor a brokerage model set a provider.
        Default: no restriction.
    borrow_fee : BorrowFeeModel or CourseBorrowFee
        Convention of the nightly borrow cost (S8).
    on_exceed : {"reject", "clip", "warn"}
        What becomes of an order over what can be borrowed (S5): it is refused whole, cut to what is available, or
        accepted and reported.
    recheck : {"submission", "daily", "fill"}
        When availability is looked at (S5): once, at submission; again at each session's open, for resting sells;
        or again just before a sell fills, as of the beginning of the bar.
    own_use : {"included", "excluded"}
        Whether a pool was recorded while you held nothing, so that your short counts against it, or while you held the
        shares, so that it already lacks them (S16).
    share : float
        Of a daily flow, which is the whole market's: the share of it that this account may take (S15).
    parameters : mapping of str to object, optional
        For `Algorithm.get_parameter`.
    opening_book : OpeningBook, optional
        What the account holds before the first bar; default: cash alone. Its shorts count in the availability rule
        from the first order on. Its cash overrides the algorithm's `set_cash`, and `cash` overrides both.
    actions : CorporateActions, records, table or path, optional
        Splits, dividends, renames and delistings (S12); default: what stands beside the prices, ``data.actions``. On raw
        prices splits change shares, prices of resting orders and cash; on split-adjusted ones availability is restated.
    on_delisting : "last_price", "error", a price, or a mapping of symbols to prices
        What becomes of a position whose security ends, by a delisting or because its prices do (S21): it is closed at the
        price that the delisting states, else at its last price; the run stops; or it is closed at the price given.
    maintenance : MaintenanceModel
        The equity that positions ask for as long as they are held (S23); below it there is a margin call. Default: none.
        `FinraMaintenance` is FINRA's rule.
    restriction : Restriction
        Rules on short sales beside availability (S25), such as ``Rule201.of_prices(...) | ThresholdSecurities(...)``.
        Default: none.
    locate : LocateModel
        What it costs to locate shares before they are sold short (S26), such as ``LocateFee(0.01)``. Default: nothing.
    recall : Recalls
        When lenders recall shares, and what happens to those that are not returned in time (S27), such as
        ``RecallOnShortfall()``, or several models, ``ForcedCovers(...) | RecallOnShortfall()``. Default: never.
    progress : callable, optional
        Called about a hundred times, with rows done and rows in all.
    watch : callable, optional
        Called with the `Simulation` at each session's end, of the last one when the run has ended; it must change
        nothing. `shortable.positions.Publisher` is one.

    Raises
    ------
    InvalidInputError
        An argument is outside its bounds.
    CorporateActionError
        The actions cannot be read.
    MarketDataError
        The prices are restated for dividends, so that they cannot be compared with shares (S11).
    """

    def __init__(
        self,
        algorithm: type[Algorithm] | Callable[[], Algorithm] | Algorithm,
        data: MarketData,
        *,
        start: LocalTime | str | None = None,
        end: LocalTime | str | None = None,
        cash: float | None = None,
        provider: ProviderLike | None = None,
        borrow_fee: Convention = FeeOnMarketValue(),  # noqa: B008  frozen
        on_exceed: OnExceed = "reject",
        recheck: Recheck = "submission",
        own_use: OwnUse = "included",
        share: float = 1,
        parameters: Mapping[str, Any] | None = None,
        opening_book: OpeningBook | None = None,
        actions: ActionsLike | None = None,
        on_delisting: OnDelisting = "last_price",
        maintenance: MaintenanceModel = NullMaintenance(),  # noqa: B008  frozen
        restriction: Restriction = NullRestriction(),  # noqa: B008  it never changes
        locate: LocateModel = NullLocate(),  # noqa: B008  frozen
        recall: Recalls = NullRecall(),  # noqa: B008  frozen
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> None:
        _check_algorithm(algorithm)
        if not isinstance(data, MarketData):
            raise InvalidInputError(
                "data",
                data,
                "be a MarketData",
                "Make one with MarketData.from_frames({ticker: ohlcv}).",
            )
        data.check_share_basis()
        check_convention(borrow_fee)
        if parameters is not None and not isinstance(parameters, Mapping):
            raise InvalidInputError("parameters", parameters, "be a mapping of names to values")
        if opening_book is not None and not isinstance(opening_book, OpeningBook):
            raise InvalidInputError(
                "opening_book",
                opening_book,
                "be an OpeningBook",
                "Read a broker's answer with shortable.positions.read(...).",
            )
        if isinstance(maintenance, type) or not isinstance(maintenance, MaintenanceModel):
            raise InvalidInputError(
                "maintenance",
                maintenance,
                "be a maintenance model: requirement(symbol, shares, price)",
                "NullMaintenance() or FinraMaintenance().",
            )
        if watch is not None and not callable(watch):
            raise InvalidInputError("watch", watch, "be a function of one Simulation")
        if cash is not None:
            cash = starting_cash(cash)
        elif opening_book is not None:
            cash = opening_book.cash  # which may be below 0: its shares count too
        self.algorithm = algorithm
        self.progress = progress
        self.watch = watch
        self.settings = Settings(
            data=data,
            start=None if start is None else as_date("start", start),
            end=None if end is None else as_date("end", end),
            cash=cash,
            provider=None if provider is None else as_provider(provider),
            borrow_fee=borrow_fee,
            on_exceed=check_choice("on_exceed", on_exceed, ("reject", "clip", "warn")),
            recheck=check_choice("recheck", recheck, ("submission", "daily", "fill")),
            own_use=check_choice("own_use", own_use, get_args(OwnUse)),
            share=float(check_share(share)),
            parameters=dict(parameters or {}),
            opening_book=opening_book,
            actions=data.actions if actions is None else as_actions(actions),
            on_delisting=check_on_delisting(on_delisting),
            maintenance=maintenance,
            lending=_lending(restriction, locate, recall, own_use),
        )
        if self.settings.start and self.settings.end and self.settings.end < self.settings.start:
            raise TimeError(
                "end", str(self.settings.end), f"not lie before start={self.settings.start}"
            )

    def run(self) -> Result:
        """Run once; running again gives the same result to the last bit (S10).

        Raises
        ------
        AlgorithmError
            The algorithm raised; the cause is what it raised.
        MarketDataError
            Prices contradict a split of `actions` (S11).
        ShortableError
            Misuse of the engine, or a provider that cannot answer; notes say in which callback and when.
        """
        return self.simulation().run(self.progress, self.watch)

    def without_limits(self) -> Backtest:
        """Return the same backtest where every short is filled and borrowing is free, to compare with.

        Providers are set aside, those that the algorithm sets itself too, and the convention is `NullBorrowFee`. What an
        algorithm asks a provider of its own directly is not changed.

        Examples
        --------
        >>> from shortable.engine import MarketData
        >>> from shortable.examples.fade_the_pump import FadeThePump
        >>> backtest = Backtest(FadeThePump, MarketData.sample())
        >>> limited, free = backtest.run(), backtest.without_limits().run()
        >>> limited.summary()["refused_for_availability"] > 0, free.summary()["refused_for_availability"]
        (True, 0)
        """
        free = copy.copy(self)
        free.settings = replace(
            self.settings,
            borrow_fee=NullBorrowFee(),
            lending=Lending.none(),
            without_limits=True,
        )
        free.watch = None
        return free

    def simulation(self) -> Simulation:
        """Return a run that has handled nothing yet, to go through row by row with `Simulation.step`."""
        return Simulation(self._fresh())

    def _fresh(self) -> Algorithm:
        """Return a fresh algorithm with this run's settings."""
        source = self.algorithm
        if isinstance(source, type):
            fresh: Algorithm = source.__new__(source)  # type: ignore[call-overload]  # before __init__, with whatever it takes
            fresh._run_state = RunState(
                self.settings
            )  # before __init__, which may ask for parameters
            with errors_named(fresh, "__init__"):
                fresh.__init__()  # type: ignore[misc]  # on purpose, after __new__
            return fresh
        if isinstance(source, Algorithm):
            try:
                algorithm = copy.deepcopy(source)
            except Exception as error:
                raise EngineError(
                    f"this {type(source).__name__} cannot be copied for a run ({error}); pass its class, or a "
                    "function that makes it"
                ) from error
        else:
            algorithm = source()
            if not isinstance(algorithm, Algorithm):
                raise InvalidInputError("algorithm", algorithm, "make an Algorithm")
        algorithm._run_state = RunState(self.settings)
        return algorithm


def _lending(
    restriction: Restriction, locate: LocateModel, recall: Recalls, own_use: OwnUse
) -> Lending:
    """Return a run's lending models, each checked."""
    models = {"restriction": restriction, "locate": locate, "recall": recall}
    kinds = {"restriction": Restriction, "locate": LocateModel, "recall": Recalls}
    for name, model in models.items():
        if isinstance(model, type) or not isinstance(model, kinds[name]):
            raise InvalidInputError(
                name, model, f"be a {name} model", "Leave it out, or pass an instance."
            )
    for model in recall.models():
        if isinstance(model, RecallOnShortfall) and model.own_use != own_use:
            raise InvalidInputError(
                "recall",
                model,
                f"count your own shorts as the run does, own_use={own_use!r}",
                "What availability says of them is the same for orders and recalls (S16).",
            )
    return Lending(restriction, locate, recall)


def _check_algorithm(algorithm: object) -> None:
    if isinstance(algorithm, Algorithm):
        return
    if not callable(algorithm):
        raise InvalidInputError(
            "algorithm",
            algorithm,
            "be an Algorithm subclass, an instance of one, or a function that makes one",
        )
    if not isinstance(algorithm, type):
        return
    if not issubclass(algorithm, Algorithm):
        raise InvalidInputError("algorithm", algorithm, "derive from shortable.engine.Algorithm")
    try:
        inspect.signature(algorithm.__init__).bind(None)
    except TypeError:
        raise InvalidInputError(
            "algorithm",
            algorithm,
            "need no arguments",
            f"Pass a function that makes it: lambda: {algorithm.__name__}(...).",
        ) from None
