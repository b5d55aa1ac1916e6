"""The exception tree is what its drawing says."""

from __future__ import annotations

import pickle
import re

import pytest

from shortable import errors


def drawn() -> dict[str, str]:
    """Read parent of each class off the drawing in the module's docstring."""
    parents, stack = {}, []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ([│├└─ ]*)(\w+(?:Error|Warning))\b", line):
            depth = len(match[1]) // 4
            del stack[depth:]
            root = "UserWarning" if match[2].endswith("Warning") else "Exception"
            parents[match[2]] = stack[-1] if stack else root
            stack.append(match[2])
    return parents


def test_the_drawing_names_every_class_under_its_parent() -> None:
    real = {name: getattr(errors, name).__mro__[1].__name__ for name in errors.__all__}
    assert drawn() == real


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_survives_pickling(name: str) -> None:
    cls = getattr(errors, name)
    if issubclass(cls, errors.InvalidInputError):
        error = cls("lag", -1, "be at least 0", "Use a positive lag.")
    elif cls is errors.MissingDependencyError:
        error = cls("the command line", "cli")
    elif cls is errors.PositionsError:
        error = cls(400, {"code": 1, "message": "no such market"})
    else:
        error = cls("message")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (cls, str(error))
    assert isinstance(
        error, errors.ShortableWarning if "Warning" in name else errors.ShortableError
    )


def test_input_errors_name_parameter_value_bound_and_what_to_do() -> None:
    error = errors.InvalidInputError("lag", "x" * 200, "be at least 0", "Use a positive lag.")
    assert str(error).startswith("lag='xxx")
    assert str(error).endswith("... must be at least 0. Use a positive lag.")
    assert len(str(error)) < 150


def test_a_missing_extra_names_the_pip_command_of_our_distribution() -> None:
    assert 'python -m pip install "shortable-provider[cli]"' in str(
        errors.MissingDependencyError("x", "cli")
    )
