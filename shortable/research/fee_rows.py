"""The rows of a statement's borrow fee details, as the file has them: Interactive Brokers' Flex XML and activity statement CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from shortable.errors import InvalidInputError

__all__ = ["FeeRow", "fee_rows", "has_fee_rows"]

_ELEMENTS = ("HardToBorrowDetail", "BorrowFeesDetail")
_SECTION = "Borrow Fee Details"
_IN_ENGLISH = (
    "It is included on request, and only statements in English can be read. It has {sections}."
)
# Of the activity statement, by Flex's names. The broker's report guide has "Fee Rate (%)" and "Borrow Fee"; readers of its
# statements have met the other spellings too. All rates are percent.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("Symbol",),
    "currency": ("Currency",),
    "valueDate": ("Value Date",),
    "quantity": ("Quantity",),
    "price": ("Price",),
    "borrowFeeRate": ("Fee Rate (%)", "Fee Rate", "Borrow Fee Rate (%)", "Borrow Fee Rate"),
    "borrowFee": ("Borrow Fee", "Fee"),
}


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One row, with text for values, by Flex's names."""

    number: int
    """Of XML the element, 1 is the first; of CSV the line."""
    values: Mapping[str, str]
    labels: Mapping[str, str]
    """What the file calls each of them."""


def has_fee_rows(path: Path) -> bool:
    """Say whether a file is a statement with borrow fee details."""
    if not path.is_file():
        return False
    try:
        if path.suffix.lower() == ".xml":
            return any(True for _ in _elements(path))
        if path.suffix.lower() == ".csv":
            return any(cells[:1] == [_SECTION] for _, cells in _lines(path))
    except (ElementTree.ParseError, UnicodeDecodeError, csv.Error):
        pass
    return False


def fee_rows(path: Path) -> list[FeeRow]:
    """Read the rows of a statement.

    Raises
    ------
    InvalidInputError
        The file is neither, or has no such section.
    """
    if path.suffix.lower() == ".csv":
        return _of_csv(path)
    try:
        found = list(_elements(path))
    except (OSError, ElementTree.ParseError) as error:
        raise InvalidInputError(
            "statement", str(path), f"be a Flex statement in XML ({error})"
        ) from None
    if not found:
        raise InvalidInputError(
            "statement",
            path.name,
            f"hold {' or '.join(_ELEMENTS)} elements",
            f'Add the section "{_SECTION}" to the Flex query.',
        )
    names = {name: name for name in _COLUMNS}
    return [FeeRow(number, row, names) for number, row in enumerate(found, 1)]


def _elements(path: Path) -> Iterator[dict[str, str]]:
    for element in ElementTree.parse(path).getroot().iter():
        if element.tag in _ELEMENTS:
            yield dict(element.attrib)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]


def _of_csv(path: Path) -> list[FeeRow]:
    """Read the section of an activity statement: lines of section, kind (Header, Data, …) and cells."""
    try:
        lines = [(number, cells) for number, cells in _lines(path) if len(cells) > 2]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError("statement", str(path), f"be readable as CSV ({error})") from None
    if not any(cells[1] == "Header" for _, cells in lines):
        raise InvalidInputError(
            "statement", path.name, "be an Interactive Brokers activity statement"
        )
    rows: list[FeeRow] = []
    labels: dict[str, str] = {}
    header: list[str] = []
    for number, (section, kind, *cells) in lines:
        if section != _SECTION:
            continue
        if kind == "Header":
            header, labels = cells, _labels(path, cells)
        elif kind == "Data" and labels:
            row = dict(zip(header, cells, strict=False))
            values = {role: row.get(label, "") for role, label in labels.items()}
            if not values["currency"].startswith("Total"):
                rows.append(FeeRow(number, values, labels))
    if not rows:
        sections = ", ".join(dict.fromkeys(cells[0] for _, cells in lines))
        raise InvalidInputError(
            "statement",
            path.name,
            f'hold rows of the section "{_SECTION}"',
            _IN_ENGLISH.format(sections=sections),
        )
    return rows


def _labels(path: Path, header: list[str]) -> dict[str, str]:
    """Return what a header calls each value."""
    found = {
        role: next((name for name in names if name in header), "")
        for role, names in _COLUMNS.items()
    }
    missing = [_COLUMNS[role][0] for role, label in found.items() if not label]
    if missing:
        raise InvalidInputError(
            "statement",
            path.name,
            f'have the columns {", ".join(missing)} in its section "{_SECTION}"',
            f"It has {', '.join(header)}.",
        )
    return found
