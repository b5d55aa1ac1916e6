"""What to say beside an error about a name that LEAN has and `shortable.lean` has not."""

from __future__ import annotations

import builtins
import sys
from typing import Any

from shortable.lean.names import near

__all__ = ["explain"]


def explain(error: BaseException) -> None:
    """Add a note to the error of an unknown name: that it is not in `shortable.lean`, and what is near."""
    name: Any = None
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        name = error.name
    elif isinstance(error, ImportError) and str(error.name).endswith("AlgorithmImports"):
        name = getattr(error, "name_from", None)
    if not name or hasattr(builtins, str(name)):
        return
    known = [k for k in vars(sys.modules["shortable.lean.AlgorithmImports"]) if not k.startswith("_")]
    found = near(str(name), known)
    spelled = {k.replace("_", "").lower(): k for k in known}
    shown = ", ".join(spelled.get(part.replace("_", ""), part) for part in found.split(", ") if part)
    note = f"{name} is not in shortable.lean" + (f"; near: {shown}" if shown else "")
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
