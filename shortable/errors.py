"""The exception tree.

::

    ShortableError
    ├── InvalidInputError (ValueError)      an argument: parameter, value, bound, what to do
    │   ├── SymbolError                     a ticker, market, currency or security type
    │   ├── TimeError                       a date, time or time zone
    │   ├── CorporateActionError            splits, dividends, renames or delistings
    │   └── MarketDataError                 prices or bars
    ├── ProviderError
    │   ├── ProviderContractError (TypeError)  an object is not a provider, or answered what none may
    │   │   └── NoSymbolListError           the provider has no list of all symbols
    │   └── NoDataError (LookupError)       no snapshot answers and missing="raise"
    ├── StoreError
    │   ├── UnknownBrokerError (LookupError)   names the brokers that exist
    │   ├── CorruptStoreError               a file that is not what it claims to be
    │   ├── SchemaVersionError              written by a newer shortable
    │   ├── StoreLockedError                another writer is at work
    │   └── SnapshotConflictError           a different snapshot stands at that time
    ├── ImportRefusedError (ValueError)     a source file was refused whole; the store is as before
    ├── CollectError                        a source could not be collected
    ├── EngineError                         misuse of the engine
    │   └── AlgorithmError                  the user's algorithm raised; names the callback and the time
    ├── SweepError                          a sweep, or a study in parts, cannot go on
    ├── PositionsError                      a broker's error answer, as HTTP status and payload
    └── MissingDependencyError (ImportError)   an extra is not installed; names the pip command

Warnings, of which Python shows each once a place::

    ShortableWarning (UserWarning)
    ├── MadeUpDataWarning                   answers rest on made-up sample data
    └── RateUnitWarning                     rates look like percent where annual fractions are expected

A rejected *order* is not an error: it is a value (a ticket with status INVALID and a tag).
"""

from __future__ import annotations

__all__ = [
    "AlgorithmError",
    "CollectError",
    "CorporateActionError",
    "CorruptStoreError",
    "EngineError",
    "ImportRefusedError",
    "InvalidInputError",
    "MadeUpDataWarning",
    "MarketDataError",
    "MissingDependencyError",
    "NoDataError",
    "NoSymbolListError",
    "PositionsError",
    "ProviderContractError",
    "ProviderError",
    "RateUnitWarning",
    "SchemaVersionError",
    "ShortableError",
    "ShortableWarning",
    "SnapshotConflictError",
    "StoreError",
    "StoreLockedError",
    "SweepError",
    "SymbolError",
    "TimeError",
    "UnknownBrokerError",
]


class ShortableError(Exception):
    """Root of every error that shortable raises on purpose."""


class ShortableWarning(UserWarning):
    """Root of every warning that shortable gives."""


class MadeUpDataWarning(ShortableWarning):
    """Answers rest on made-up sample data."""


class RateUnitWarning(ShortableWarning):
    """Rates look like percent where annual fractions are expected (S7)."""


class InvalidInputError(ShortableError, ValueError):
    """An argument is outside its bounds.

    Parameters
    ----------
    parameter : str
        Name of the argument.
    value : object
        What was given; shown by `repr`, cut at 80 characters.
    bound : str
        The bound that failed, as a phrase that follows "must" ("be at least 0").
    hint : str, optional
        What to do about it, as a sentence.

    Examples
    --------
    >>> str(InvalidInputError("quantity", -3, "be a whole number of shares, at least 0"))
    'quantity=-3 must be a whole number of shares, at least 0'
    """

    def __init__(self, parameter: str, value: object, bound: str, hint: str = "") -> None:
        self.parameter, self.value, self.bound, self.hint = parameter, value, bound, hint
        shown = repr(value)
        shown = shown if len(shown) <= 80 else shown[:77] + "..."
        super().__init__(f"{parameter}={shown} must {bound}" + (f". {hint}" if hint else ""))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.parameter, self.value, self.bound, self.hint)


class SymbolError(InvalidInputError):
    """A ticker, market, currency or security type that cannot be read."""


class TimeError(InvalidInputError):
    """A date, time or time zone that cannot be read or does not exist."""


class CorporateActionError(InvalidInputError):
    """Splits, dividends, renames or delistings that cannot be used, or that contradict one another."""


class MarketDataError(InvalidInputError):
    """Prices or bars that cannot be used."""


class ProviderError(ShortableError):
    """A provider cannot answer."""


class ProviderContractError(ProviderError, TypeError):
    """An object is not a provider, or answered something that no provider may answer."""


class NoSymbolListError(ProviderContractError):
    """The provider has no list of all symbols: LEAN's newer interface has none."""


class NoDataError(ProviderError, LookupError):
    """No snapshot answers at that time and the provider was made with ``missing="raise"``."""


class StoreError(ShortableError):
    """The availability store cannot be read or written."""


class UnknownBrokerError(StoreError, LookupError):
    """No store of that broker; the message names those that exist."""


class CorruptStoreError(StoreError):
    """A store file is damaged or is not a store file."""


class SchemaVersionError(StoreError):
    """The store was written with a schema version that this release does not read."""


class StoreLockedError(StoreError):
    """Another writer holds the store's lock."""


class SnapshotConflictError(StoreError):
    """A different snapshot already stands at that market and time."""


class ImportRefusedError(ShortableError, ValueError):
    """A source file was refused as a whole; nothing was stored."""


class CollectError(ShortableError):
    """A source could not be collected; what was fetched whole is kept."""


class EngineError(ShortableError):
    """The engine was used in a way that has no meaning."""


class AlgorithmError(EngineError):
    """The user's algorithm raised inside a callback."""


class SweepError(ShortableError):
    """A sweep, or a study in parts, cannot go on.

    What a sweep has done is kept, and the same call goes on where it stopped.
    """


class PositionsError(ShortableError):
    """A broker's interface answers a request for positions with an error, or what was read is such an answer.

    Parameters
    ----------
    status : int
        HTTP status to answer with; 0 where a document was read that does not say.
    payload : dict
        The body in the broker's own form, ready for JSON.
    """

    def __init__(self, status: int, payload: dict[str, object]) -> None:
        self.status, self.payload = status, payload
        message = payload.get("message", payload.get("errmsg", ""))
        details = payload.get("details")
        super().__init__(f"{message}: {details}" if details else str(message))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.status, self.payload)


class MissingDependencyError(ShortableError, ImportError):
    """An optional dependency is not installed.

    Parameters
    ----------
    feature : str
        What needs it.
    extra : str
        The extra of the distribution ``shortable-provider`` that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.feature, self.extra = feature, extra
        super().__init__(
            f'{feature} needs the extra {extra!r}: python -m pip install "shortable-provider[{extra}]"'
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.feature, self.extra)
