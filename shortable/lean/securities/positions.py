"""LEAN groups option legs for margin; equities are never grouped, so its models all say the same here."""

from __future__ import annotations

from typing import Any, ClassVar

from shortable.errors import InvalidInputError
from shortable.lean.names import LeanObject

__all__ = ["SecurityPositionGroupModel", "check_positions"]


class SecurityPositionGroupModel(LeanObject):
    """What ``portfolio.set_positions`` takes: ``SecurityPositionGroupModel.NULL`` is the same for equities."""

    NULL: ClassVar[SecurityPositionGroupModel]
    Null: ClassVar[SecurityPositionGroupModel]


SecurityPositionGroupModel.NULL = SecurityPositionGroupModel.Null = SecurityPositionGroupModel()


def check_positions(model: Any) -> SecurityPositionGroupModel:
    """Return a position group model.

    Raises
    ------
    InvalidInputError
        It is none.
    """
    if not isinstance(model, SecurityPositionGroupModel):
        raise InvalidInputError(
            "positions", type(model).__name__, "be a SecurityPositionGroupModel"
        )
    return model
