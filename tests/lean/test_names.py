"""A name that is not there says so, and what is near, when somebody asks."""

from __future__ import annotations

import pytest

from shortable.lean import names
from shortable.lean.names import LeanObject


class Bar(LeanObject):
    def get_price(self) -> float:
        return 1.0


def test_the_message_names_what_is_near() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = Bar().GetPrise
    assert str(caught.value) == "Bar has no 'GetPrise' in shortable.lean; near: get_price"
    assert type(caught.value).__name__ == "AttributeError"
    assert caught.value.name == "GetPrise"


def test_nothing_is_looked_for_where_nobody_reads_the_message(monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(names, "near", lambda name, known: asked.append(name) or "")
    assert getattr(Bar(), "limit_price", None) is None
    assert asked == []


def test_an_error_inside_a_property_is_not_taken_for_a_missing_name() -> None:
    class Broken(LeanObject):
        @property
        def value(self) -> float:
            return self.nothing  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="Broken has no 'nothing'"):
        _ = Broken().Value
