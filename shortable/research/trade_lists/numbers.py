"""Numbers as platforms write them: 1,234.50 and 1.234,50, $12, (100), 100-, 1 234, 12 USD."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError

__all__ = ["Decimal", "decimal_of", "numbers"]

Decimal = Literal[".", ","]
"""The decimal separator."""

_MONEY = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\b|[\s'’\u00a0\u2009\u202f]")
_PLAIN = re.compile(r"^[+-]?(\d[\d.,]*|[.,]\d+)$")


def decimal_of(
    columns: Iterable[pd.Series], *, separator: str, given: Decimal | None, source: str
) -> Decimal:
    """Say which decimal separator a list uses: one number that can be read in one way settles all of them.

    Parameters
    ----------
    columns : iterable of Series
        The list's columns of numbers.
    separator : str
        What separates its fields: where it is no comma, a number such as ``1,500`` can be read in two ways.
    given : {".", ","}, optional
        What the caller says.
    source : str
        Name of the list, for messages.

    Raises
    ------
    InvalidInputError
        Two numbers contradict one another, or none settles it.
    """
    if given is not None:
        if given not in (".", ","):
            raise InvalidInputError("decimal", given, "be '.' or ','")
        return given
    found: dict[Decimal, str] = {}
    doubtful = ""
    for column in columns:
        if pd.api.types.is_numeric_dtype(column):
            continue
        for text in dict.fromkeys(map(_bare, column)):
            mark = _decimal_of(text)
            if mark is not None:
                found.setdefault(mark, text)
            elif "," in text or "." in text:
                doubtful = doubtful or text
    if len(found) > 1:
        raise InvalidInputError(
            "trades",
            " and ".join(found.values()),
            f"have one decimal separator in {source}",
            "Say which by decimal='.' or decimal=',' (--decimal).",
        )
    if found:
        return next(iter(found))
    if "," in doubtful and separator == ";":
        raise InvalidInputError(
            "trades",
            doubtful,
            f"be read in one way, and no other number of {source} says whether the comma is decimal",
            "Say so by decimal='.' or decimal=',' (--decimal).",
        )
    return "."


def numbers(column: pd.Series, decimal: Decimal) -> npt.NDArray[np.float64]:
    """Return a column's numbers, NaN where a cell holds none."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes, texts = pd.factorize(column.astype(object), use_na_sentinel=True)
    values = np.array([*(_number(text, decimal) for text in texts), np.nan])
    return np.asarray(values[codes])


def _number(value: object, decimal: Decimal) -> float:
    text = _bare(value)
    if not _PLAIN.match(text):
        try:
            return float(text)  # 1e-05, 1.5e+06
        except ValueError:
            return float("nan")
    group = "," if decimal == "." else "."
    whole, mark, rest = text.partition(decimal)
    groups = whole.split(group)
    if len(groups) > 1 and any(len(part) != 3 for part in groups[1:]):
        return float("nan")
    if decimal in rest or group in rest:
        return float("nan")
    return float("".join(groups) + ("." + rest if mark else ""))


def _bare(value: object) -> str:
    """Return a number's digits, separators and sign."""
    text = str(value).strip().replace("−", "-").replace("–", "-")
    text = _MONEY.sub("", text)
    if text.startswith("(") and text.endswith(")"):
        text = "-" + text[1:-1]
    if text.endswith("-"):
        text = "-" + text[:-1]
    return text


def _decimal_of(text: str) -> Decimal | None:
    """Return the decimal separator of one number where it can only be one."""
    if not _PLAIN.match(text):
        return None
    digits = text.lstrip("+-")
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return None
    mark: Decimal = "." if digits[last] == "." else ","
    other = "," if mark == "." else "."
    before, after = digits[:last], digits[last + 1 :]
    if other in before:
        return mark
    if mark in before:  # 1.234.567: groups
        return "," if mark == "." else "."
    # 1.500 and 1,500 can be either; 0.500, .5, 12345.678 and 1.5 cannot.
    if len(after) != 3 or not before or before.startswith("0") or len(before) > 3:
        return mark
    return None
