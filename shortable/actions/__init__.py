"""Corporate actions: splits, dividends, renames and delistings by symbol and date, and one share basis."""

from __future__ import annotations

from shortable.actions.corporate_actions import CorporateActions, restated_shares
from shortable.actions.identity import Identity, Name
from shortable.actions.read import ActionsLike, Format, as_actions, parse_actions, read_actions
from shortable.actions.records import (
    Action,
    Delisting,
    Dividend,
    DividendBasis,
    Listing,
    Rename,
    Split,
)
from shortable.actions.storage import ACTIONS_FILE, AddedActions, add_actions, load_actions
from shortable.actions.yahoo import read_yahoo

__all__ = [
    "ACTIONS_FILE",
    "Action",
    "ActionsLike",
    "AddedActions",
    "CorporateActions",
    "Delisting",
    "Dividend",
    "DividendBasis",
    "Format",
    "Identity",
    "Listing",
    "Name",
    "Rename",
    "Split",
    "add_actions",
    "as_actions",
    "load_actions",
    "parse_actions",
    "read_actions",
    "read_yahoo",
    "restated_shares",
]


def __dir__() -> list[str]:
    return sorted(__all__)
