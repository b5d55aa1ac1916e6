"""How the parts of `QCAlgorithm` reach the run that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from shortable.errors import EngineError
from shortable.lean.names import LeanObject

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["RUNNING", "AlgorithmPart"]

RUNNING: ContextVar[Callable[[Any], Kernel] | None] = ContextVar("running", default=None)
"""Makes the state of the run whose algorithm is being made, of that algorithm."""


class _Own:
    """A name that a user gave to something of their own: ``self.universe = self.AddUniverse(...)``.

    C# knows our property by another spelling, so both have their place there; in snake_case theirs hides ours.
    """

    def __init__(self, name: str, ours: Any) -> None:
        self._name, self._ours = name, ours

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        if owner is None:
            return self
        found = owner.__dict__
        return found[self._name] if self._name in found else self._ours.__get__(owner, cls)

    def __set__(self, owner: Any, value: Any) -> None:
        owner.__dict__[self._name] = value


class AlgorithmPart(LeanObject):
    """Base of `QCAlgorithm`'s parts: everything that a run keeps stands in one object, ``_lean``.

    It is made before the user's ``__init__``, which need not call ours.
    """

    _lean: Kernel

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make the run's state before anything of the user's."""
        self = super().__new__(cls)
        running = RUNNING.get()
        if running is None:
            raise EngineError(
                f"{cls.__name__} is run by `shortable run FILE.py` or shortable.lean.run_algorithm, not made by hand."
            )
        object.__setattr__(self, "_lean", running(self))
        return self

    def __init__(self) -> None:
        pass

    def __setattr__(self, name: str, value: Any) -> None:
        ours = getattr(type(self), name, None) if name[0].islower() else None
        if isinstance(ours, property) and ours.fset is None:
            setattr(type(self), name, _Own(name, ours))
        super().__setattr__(name, value)
        # ``self.RSI = self.RSI("SPY", 14)``: the user's attribute hides our method, in that spelling too
        if name[0].isupper() and not hasattr(type(getattr(type(self), name, None)), "__set__"):
            object.__setattr__(self, name, value)
