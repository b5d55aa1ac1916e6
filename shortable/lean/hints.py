"""What to say beside an error about a name that LEAN has and `shortable.lean` has not."""

from __future__ import annotations

import builtins
import re
import sys
from typing import Any

from shortable.lean.imports import STOOD_IN_FOR
from shortable.names import near

__all__ = ["explain"]

_HERE = __name__.rpartition(".")[0] + "."
# What LEAN has and we have not, by the names that belong to it.
_SCOPES = (
    (r"Future|Option|Crypto|Forex|Cfd|OpenInterest", "it runs US equities alone"),
    (
        r"Optimiz|BlackLitterman|RiskParity|MeanReversionPortfolio|PairsTrading|Sector|QC500|ETF|Uncorrelated|SignalExport",
        "of the algorithm framework it has the models that need neither optimisers nor data of other kinds",
    ),
    (
        r"SubscriptionDataSource|SubscriptionTransportMedium|FileFormat",
        "custom data are out of its scope",
    ),
    (
        r"Renko|RangeConsolidator|TickConsolidator",
        "its consolidators make bars of a length of time or a number of bars",
    ),
)


def explain(error: BaseException) -> None:
    """Add a note to the error of an unknown name: that it is not in `shortable.lean`, and what is near."""
    name: Any = None
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        name = error.name
    elif (
        isinstance(error, ImportError)
        and str(error.name).removeprefix(_HERE).split(".")[0] in STOOD_IN_FOR
    ):
        said = re.search(r"cannot import name '(\w+)'", str(error))
        name = said.group(1) if said else None
    if not name or hasattr(builtins, str(name)):
        return
    known = [
        k for k in vars(sys.modules["shortable.lean.AlgorithmImports"]) if not k.startswith("_")
    ]
    if name in known:
        error.add_note(
            f"{name} is one of LEAN's names: begin the file with `from AlgorithmImports import *`"
        )
        return
    found = near(str(name), known)
    spelled = {k.replace("_", "").lower(): k for k in known}
    shown = ", ".join(
        spelled.get(part.replace("_", ""), part) for part in found.split(", ") if part
    )
    why = next((f": {reason}" for names, reason in _SCOPES if re.search(names, str(name))), "")
    note = f"{name} is not in shortable.lean{why}" + (
        f"; near: {shown}" if shown and not why else ""
    )
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
