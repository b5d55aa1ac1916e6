"""Symbols that come and go: in which complete snapshots of a store each of them is, and how often it was away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.store.read import Store

__all__ = ["Churn", "churn"]


@dataclass(frozen=True, slots=True, eq=False)
class Churn:
    """Result of `churn`. Only complete snapshots count: in them, *absent* means *none can be borrowed* (S3)."""

    snapshots: pd.DataFrame
    """One row a complete snapshot: as_of (UTC), venue, came and went (symbols that it names and the one of its venue
    before it does not, and the other way round; 0 in a venue's first)."""
    symbols: pd.DataFrame
    """One row a symbol that is not in every complete snapshot of a venue that names it: symbol, venue, first and last
    (UTC, of the snapshots that name it), named (number of those), returns (how often it came back after it had
    gone); those that returned most first, then by symbol."""


def churn(store: Store) -> Churn:
    """Return which symbols come and go between the complete snapshots of a store.

    Parameters
    ----------
    store : Store
        What `open_store` returns. Every row's symbol and time are read: a byte of memory for each symbol and complete
        snapshot.

    Examples
    --------
    >>> from shortable.store import open_store, sample_folder
    >>> found = churn(open_store("axos", data_folder=sample_folder()))
    >>> found.snapshots.columns.tolist()
    ['as_of', 'venue', 'came', 'went']
    """
    keys = store.keys()
    tickers = sorted({ticker for ticker, _ in keys})
    named = _named(store, tickers)
    of_venue: dict[str, list[int]] = {}
    venues = store.venues
    for at in np.flatnonzero(store.complete).tolist():
        of_venue.setdefault(venues.get(at, ""), []).append(at)
    snapshots, symbols = [], []
    for venue, rows in of_venue.items():
        there = named[rows]
        times = _utc(store.as_of[rows])
        later, earlier = there[1:], there[:-1]
        came, went = (later & ~earlier).sum(axis=1), (earlier & ~later).sum(axis=1)
        nothing = np.zeros(1, dtype=came.dtype)
        snapshots.append(
            pd.DataFrame(
                {
                    "as_of": times,
                    "venue": venue,
                    "came": np.concatenate([nothing, came]),
                    "went": np.concatenate([nothing, went]),
                }
            )
        )
        symbols.append(_symbols(tickers, there, times, venue))
    return Churn(
        _joined(snapshots, ["as_of", "venue", "came", "went"])
        .sort_values(["as_of", "venue"], kind="stable")
        .reset_index(drop=True),
        _joined(symbols, ["symbol", "venue", "first", "last", "named", "returns"])
        .sort_values(["returns", "symbol"], ascending=[False, True], kind="stable")
        .reset_index(drop=True),
    )


def _named(store: Store, tickers: list[str]) -> npt.NDArray[np.bool_]:
    """Return which snapshot names which ticker, of shape (snapshots, tickers); rows of partial ones stay False."""
    column = {ticker: at for at, ticker in enumerate(tickers)}
    named = np.zeros((len(store.as_of), len(tickers)), dtype=np.bool_)
    # Of snapshots at one instant the complete one comes first.
    position = {t: at for at, t in reversed(list(enumerate(store.as_of.tolist())))}
    complete = store.complete
    for part in range(store.n_parts):
        rows = store.read_part(part, [])
        instants, inverse = np.unique(rows.as_of, return_inverse=True)
        at = np.array([position[t] for t in instants.tolist()], dtype=np.int64)[inverse]
        of_key = np.array([column[ticker] for ticker in rows.tickers], dtype=np.int64)
        whole = complete[at]
        named[at[whole], of_key[rows.codes[whole]]] = True
    return named


def _symbols(
    tickers: list[str], there: npt.NDArray[np.bool_], times: pd.DatetimeIndex, venue: str
) -> pd.DataFrame:
    count = there.sum(axis=0)
    moving = np.flatnonzero((count > 0) & (count < len(there)))
    inside = there[:, moving]
    first = inside.argmax(axis=0)
    last = len(there) - 1 - inside[::-1].argmax(axis=0)
    begins = (inside[1:] & ~inside[:-1]).sum(axis=0) + inside[0]
    return pd.DataFrame(
        {
            "symbol": [tickers[at] for at in moving.tolist()],
            "venue": venue,
            "first": times[first],
            "last": times[last],
            "named": count[moving],
            "returns": begins - 1,
        }
    )


def _joined(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _utc(instants: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(instants.view("datetime64[us]")).tz_localize("UTC")
