"""Delimited text to columns of text: no type is guessed, and every row can be traced to its line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

__all__ = ["Delimited", "read_delimited"]

_BLOCK = 1 << 24  # bytes a parser block; longer than any sane line


@dataclass(frozen=True)
class Delimited:
    """Rows of delimited text.

    Attributes
    ----------
    table : pa.Table
        The wanted columns, all of type string, without nulls (an empty cell is ``""``).
    malformed : tuple of (int, str)
        Line number and text of the lines that do not have the right number of cells, in file order.
    """

    table: pa.Table
    n_malformed: int
    body: bytes = field(repr=False)
    first_line: int
    n_cells: int
    delimiter: str
    quoted: bool

    @property
    def n_lines(self) -> int:
        """Lines that are not empty, well formed or not."""
        return int(self.table.num_rows) + self.n_malformed

    @property
    def malformed(self) -> tuple[tuple[int, str], ...]:
        """See the class."""
        return self._traced[1] if self.n_malformed else ()

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number, counted from 1 as editors do, and the text of one row of `table`."""
        return self._traced[0][row]

    @cached_property
    def _traced(self) -> tuple[list[tuple[int, str]], tuple[tuple[int, str], ...]]:
        # The parser does not say which lines it kept, and only somebody with rejects wants to know.
        good: list[tuple[int, str]] = []
        bad: list[tuple[int, str]] = []
        for number, raw in enumerate(self.body.splitlines(), self.first_line):
            if raw:
                text = raw.decode("utf-8", errors="replace")
                (good if self._cells(text) == self.n_cells else bad).append((number, text))
        return good, tuple(bad)

    def _cells(self, text: str) -> int:
        if self.quoted and '"' in text:
            return len(next(csv.reader([text], delimiter=self.delimiter)))
        return text.count(self.delimiter) + 1


def read_delimited(
    body: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    *,
    delimiter: str,
    first_line: int,
    quoted: bool,
) -> Delimited:
    """Read delimited text that has no header of its own.

    Parameters
    ----------
    body : bytes
        The lines, in UTF-8; LF and CRLF may be mixed and blank lines are passed over.
    names : sequence of str
        A different name for every cell of a line.
    wanted : sequence of str
        Names of the columns to return.
    delimiter : str
        One character.
    first_line : int
        Line number of the first line of `body` in its file.
    quoted : bool
        Whether ``"`` quotes cells.
    """
    from pyarrow import csv as arrow_csv

    if not body or body.isspace():
        empty = pa.table({name: pa.array([], pa.string()) for name in wanted})
        return Delimited(empty, 0, body, first_line, len(names), delimiter, quoted)
    malformed = 0

    def skip(_row: object) -> str:
        nonlocal malformed
        malformed += 1
        return "skip"

    def parse(text: bytes) -> pa.Table:
        nonlocal malformed
        malformed = 0
        return arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(column_names=list(names), block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, quote_char='"' if quoted else False, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types={name: pa.string() for name in wanted},
                strings_can_be_null=False,
            ),
        )

    try:
        table = parse(body)
    except pa.ArrowInvalid:
        # Not UTF-8 somewhere: the damaged cells become unreadable, the rest stays as it is.
        body = body.decode("utf-8", errors="replace").encode()
        table = parse(body)
    if table.num_rows == 0:
        table = pa.table({name: pa.array([], pa.string()) for name in wanted})
    return Delimited(
        table.combine_chunks(), malformed, body, first_line, len(names), delimiter, quoted
    )
