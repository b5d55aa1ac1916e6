"""What every adapter shares: importing its host, and the desk that knows the host's names and clock."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from inspect import signature
from typing import Any, Self, TypedDict, get_args

import pandas as pd

from shortable.actions import ActionsLike
from shortable.actions.read import as_actions
from shortable.borrow import Convention
from shortable.clock import LookUp, check_look_up, look_up_time
from shortable.desk import ShortDesk
from shortable.errors import InvalidInputError, MissingDependencyError
from shortable.provider import ProviderLike
from shortable.providers import ShareBasis, on_split_basis
from shortable.results import tables_of
from shortable.rule import OnExceed, OwnUse, Recheck
from shortable.symbol import Symbol

__all__ = ["DeskOptions", "DeskReport", "HostDesk", "host_module"]


class DeskOptions(TypedDict, total=False):
    """Options of `HostDesk`, as an adapter hands them on."""

    look_up: LookUp
    symbols: Callable[[Any], str] | None
    actions: ActionsLike | None
    basis: ShareBasis
    on_exceed: OnExceed
    recheck: Recheck
    borrow_fee: Convention | None
    own_use: OwnUse
    share: float


@dataclass(frozen=True, slots=True)
class DeskReport:
    """What a desk did in a run; `shortable.results` documents the tables' columns."""

    refusals: pd.DataFrame
    """A line for each order that was refused, cut, cancelled or warned of, oldest first."""
    borrow_costs: pd.DataFrame
    """A line for each short and night, oldest first."""
    checks: int
    """Orders for which the provider was asked: those that a long does not cover."""
    checks_without_data: pd.DataFrame
    """Those of them for which no snapshot answered (S3): time, symbol."""
    total_borrow_cost: float
    """Sum of the borrow costs, unrounded."""


class HostDesk(ShortDesk[Any]):
    """The desk in front of a host's orders; it takes the host's own names of instruments.

    Parameters
    ----------
    provider : IShortableProvider
        Whatever `as_provider` takes.
    look_up : {"close", "open", "label"} or datetime.time
        When a daily bar's orders look up what is available: at the close of the session in which they are sent
        (default, as in shortable's engine), at its open, at the host's own clock, or at an exchange-local time.
        Orders within a session look up at the host's clock.
    symbols : callable, optional
        Turns the host's name of an instrument into anything that `Symbol.create` reads; default `str`.
    actions : CorporateActions, records, table or path, optional
        Splits restate what is available on the shares of the host's prices; renames are followed (S11).
    basis : {"split_adjusted", "raw"}
        Which shares the host's prices are of: restated for all splits of `actions`, as hosts want them, or the day's own.
    on_exceed, recheck, borrow_fee, own_use, share
        As in `ShortDesk`.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> desk = HostDesk(CustomShortableProvider({"GME": 500}))
    >>> desk.allowed("GME", desk.look_up_time("GME", date(2024, 1, 2)), 501, held=0, open_sells=0)
    0
    >>> desk.report().refusals[["time", "symbol", "requested", "available"]].to_string(index=False, header=False)
    '2024-01-02 16:00:00    GME       -501        500'
    """

    def __init__(
        self,
        provider: ProviderLike,
        *,
        look_up: LookUp = "close",
        symbols: Callable[[Any], str] | None = None,
        actions: ActionsLike | None = None,
        basis: ShareBasis = "split_adjusted",
        on_exceed: OnExceed = "reject",
        recheck: Recheck = "submission",
        borrow_fee: Convention | None = None,
        own_use: OwnUse = "included",
        share: float = 1,
    ) -> None:
        if actions is not None:
            provider = on_split_basis(provider, as_actions(actions), basis)
        super().__init__(
            provider,
            on_exceed=on_exceed,
            recheck=recheck,
            borrow_fee=borrow_fee,
            own_use=own_use,
            share=share,
        )
        self.look_up: LookUp = check_look_up(look_up)
        self._spelling = symbols or str
        self._symbols: dict[Hashable, Symbol] = {}

    @classmethod
    def of_options(
        cls,
        host: str,
        provider: ProviderLike,
        options: DeskOptions,
        *,
        on_exceed: tuple[str, ...] = get_args(OnExceed),
        recheck: tuple[str, ...] = get_args(Recheck),
        reason: str = "",
    ) -> Self:
        """Make a desk of an adapter's options, and refuse by name those that the host cannot honour.

        Parameters
        ----------
        host : str
            What messages call it.
        provider : IShortableProvider
        options : mapping
            By the parameters' names.
        on_exceed, recheck : tuple of str
            Choices that the host can carry out.
        reason : str
            Why not the others.

        Raises
        ------
        InvalidInputError
            An option is unknown or cannot be honoured.
        """
        known = list(signature(cls).parameters)[1:]
        for name, value in options.items():
            if name not in known:
                raise InvalidInputError(
                    name, value, "be left out", f"The adapter for {host} takes {', '.join(known)}."
                )
        for name, choices in (("on_exceed", on_exceed), ("recheck", recheck)):
            chosen = options.get(name)
            if chosen is not None and chosen not in choices:
                bound = "be " + " or ".join(map(repr, choices))
                raise InvalidInputError(name, chosen, bound, reason)
        return cls(provider, **options)

    def symbol_of(self, instrument: Hashable) -> Symbol:
        """Return the symbol that the host's name of an instrument means."""
        known = self._symbols.get(instrument)
        if known is None:
            spelling = instrument if isinstance(instrument, Symbol) else self._spelling(instrument)
            known = self._symbols[instrument] = Symbol.create(spelling)
        return known

    def look_up_time(
        self, instrument: Hashable, now: datetime | date, *, daily: bool = True
    ) -> datetime:
        """Return when an order that is sent at the host's `now` looks up what is available.

        Parameters
        ----------
        instrument : object
            The host's name of it.
        now : datetime or date
            The host's clock; exchange-local where naive, and a midnight stands for its session.
        daily : bool
            Whether the host's bars are sessions.
        """
        return look_up_time(self.symbol_of(instrument).market, now, self.look_up, daily)

    def time_before_fills(
        self, instrument: Hashable, now: datetime | date, *, daily: bool = True
    ) -> datetime:
        """Return when a check that comes before a bar's fills looks up what is available.

        The session's close would be the future: daily bars look up at the session's open, as shortable's engine
        does, unless `look_up` is "label".

        Parameters
        ----------
        instrument, now, daily
            As in `look_up_time`.
        """
        look_up: LookUp = "label" if self.look_up == "label" else "open"
        return look_up_time(self.symbol_of(instrument).market, now, look_up, daily)

    def report(self) -> DeskReport:
        """Return what was refused and charged so far."""
        return DeskReport(
            **tables_of(self), checks=self.checks, total_borrow_cost=self.total_borrow_cost
        )


def host_module(name: str, extra: str) -> Any:
    """Import a module of a host.

    Parameters
    ----------
    name : str
        Of the module.
    extra : str
        The extra of shortable that installs it.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise MissingDependencyError(f"the adapter for {package}", extra) from None
