"""Delimited text as columns, with no type guessed; every row can be traced to its line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from shortable.buffers import arrow_reader
from shortable.errors import ImportRefusedError

__all__ = [
    "BOM",
    "MOST_COLUMNS",
    "DelimitedText",
    "header_cells",
    "read_delimited",
    "refuse_repeats",
    "split_cells",
    "split_header",
]

BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 24  # bytes a parser block
_SMALL_BLOCK = 1 << 18  # of files with few columns, so that several threads parse a megabyte
_FEW_COLUMNS = 64
_LONGEST_LINE = 1 << 20  # bytes; a matrix of 17,000 symbols has lines of 200 kB
MOST_COLUMNS = 1 << 15  # three times the symbols of the largest market


@dataclass(frozen=True)
class DelimitedText:
    """Rows of delimited text.

    Attributes
    ----------
    table : pa.Table
        The wanted columns, of type string, without nulls (an empty cell is ``""``); of numbers as `read_delimited` says.
    n_malformed : int
        Lines that do not have the right number of cells.
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
        """Line number and text of the lines without the right number of cells, in file order."""
        return self._traced[1] if self.n_malformed else ()

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number, counted from 1 as editors do, and the text of one row of `table`."""
        traced = self._traced[0]
        return traced[row] if row < len(traced) else (0, "")

    @cached_property
    def _traced(self) -> tuple[list[tuple[int, str]], tuple[tuple[int, str], ...]]:
        # The parser does not report which lines it kept, and only rejects need to know.
        good, bad = self._line_by_line()
        return (good, bad) if len(good) == self.table.num_rows else self._row_by_row()

    def _line_by_line(self) -> tuple[list[tuple[int, str]], tuple[tuple[int, str], ...]]:
        good: list[tuple[int, str]] = []
        bad: list[tuple[int, str]] = []
        for number, raw in enumerate(self.body.splitlines(), self.first_line):
            if raw:
                text = raw.decode("utf-8", errors="replace")
                (good if self._cells(text) == self.n_cells else bad).append((number, text))
        return good, tuple(bad)

    def _row_by_row(self) -> tuple[list[tuple[int, str]], tuple[tuple[int, str], ...]]:
        """Trace rows of which one has a line end in a quoted cell; its number is that of its first line."""
        good: list[tuple[int, str]] = []
        bad: list[tuple[int, str]] = []
        text = self.body.decode("utf-8", errors="replace")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter)
        before = 0
        try:
            for cells in reader:
                if cells:
                    traced = (self.first_line + before, self.delimiter.join(cells))
                    (good if len(cells) == self.n_cells else bad).append(traced)
                before = reader.line_num
        except csv.Error:
            pass  # the rest is not traced
        return good, tuple(bad)

    def _cells(self, text: str) -> int:
        if self.quoted and '"' in text:
            return len(split_cells(text, self.delimiter))
        return text.count(self.delimiter) + 1


def read_delimited(
    body: bytes,
    names: Sequence[str],
    wanted: Sequence[str],
    *,
    delimiter: str,
    first_line: int,
    quoted: bool,
    numbers: Sequence[str] = (),
    name: str = "the file",
) -> DelimitedText:
    """Read delimited text that has no header of its own.

    Parameters
    ----------
    body : bytes
        The lines, in UTF-8; LF and CRLF may be mixed and blank lines are skipped.
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
    numbers : sequence of str
        Columns that are float64, null for ``NA`` and empty cells, if all other cells of all of them are finite numbers
        of plain spelling; else all are text.
    name : str
        What messages call the file.

    Raises
    ------
    ImportRefusedError
        A line is longer than a mebibyte, or there are more than 32,768 columns.
    """
    from pyarrow import csv as arrow_csv

    _refuse_oversize(body, len(names), name, first_line)
    if not body or body.isspace():
        empty = pa.table({name: pa.array([], pa.string()) for name in wanted})
        return DelimitedText(empty, 0, body, first_line, len(names), delimiter, quoted)
    malformed = 0

    def skip(_row: object) -> str:
        nonlocal malformed
        malformed += 1
        return "skip"

    def parse(text: bytes, numbers: Sequence[str] = (), *, skipping: bool = False) -> pa.Table:
        nonlocal malformed
        malformed = 0
        in_parallel = not skipping and len(names) <= _FEW_COLUMNS
        # A callback of ours must not end up with Arrow's threads (`shortable.buffers`).
        return arrow_csv.read_csv(
            arrow_reader(text),
            read_options=arrow_csv.ReadOptions(
                column_names=list(names),
                block_size=_SMALL_BLOCK if in_parallel else _BLOCK,
                use_threads=not skipping,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if quoted else False,
                invalid_row_handler=skip if skipping else None,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(wanted),
                column_types={
                    name: pa.float64() if name in numbers else pa.string() for name in wanted
                },
                null_values=["NA", ""],
                strings_can_be_null=False,
            ),
        )

    def parse_numbers() -> pa.Table:
        try:
            table = parse(body, numbers)
        except pa.ArrowInvalid:
            return parse(body)
        finite = all(pc.all(pc.is_finite(table[column])).as_py() is not False for column in numbers)
        return table if finite else parse(body)

    try:
        table = parse_numbers() if numbers else parse(body)
    except pa.ArrowInvalid:
        # Not UTF-8 somewhere, or a line as long as a block: the damaged cells become unreadable, the rest stays as it is.
        body = body.decode("utf-8", errors="replace").encode()
        try:
            table = parse(body, skipping=True)
        except pa.ArrowInvalid as error:
            raise ImportRefusedError(
                f"{name}: its lines cannot be read as cells ({error})"
            ) from None
    if table.num_rows == 0:
        table = pa.table({name: pa.array([], pa.string()) for name in wanted})
    return DelimitedText(
        table.combine_chunks(), malformed, body, first_line, len(names), delimiter, quoted
    )


def _refuse_oversize(body: bytes, columns: int, name: str, first_line: int) -> None:
    """Refuse what no table looks like before a parser spends minutes or the memory on it."""
    if columns > MOST_COLUMNS:
        raise ImportRefusedError(
            f"{name}: the header has {columns:,} columns; at most {MOST_COLUMNS:,} are read"
        )
    start = 0
    while len(body) - start > _LONGEST_LINE:
        window = start + _LONGEST_LINE + 1
        end = max(body.rfind(b"\n", start, window), body.rfind(b"\r", start, window))
        if end < 0:
            line = first_line + body.count(b"\n", 0, start)
            raise ImportRefusedError(
                f"{name}: line {line:,} is longer than {_LONGEST_LINE:,} bytes; this is no table of lines, or its "
                "line ends were lost"
            )
        start = end + 1


def split_cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, none where its quotes make none."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def split_header(data: bytes, name: str, *, delimiter: str) -> tuple[list[str], bytes]:
    """Return the column names of a file's first line, and the lines after it.

    Raises
    ------
    ImportRefusedError
        The file is not text, or a column's name occurs twice.
    """
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: not a text file; nothing was imported")
    line, _, body = data.removeprefix(BOM).partition(b"\n")
    header = header_cells(line.decode("utf-8", errors="replace").strip(), name, delimiter)
    refuse_repeats(header, name)
    return header, body


def header_cells(line: str, name: str, delimiter: str) -> list[str]:
    """Return the names in a header line."""
    _refuse_oversize(line.encode(), line.count(delimiter) + 1, name, 1)
    cells = split_cells(line, delimiter)
    if not cells and line.strip():
        raise ImportRefusedError(f"{name}: its header {line[:80]!r} cannot be read as cells")
    return [cell.strip() for cell in cells]


def refuse_repeats(names: Sequence[str], source: str) -> None:
    """Raise `ImportRefusedError` where two columns have one name."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ImportRefusedError(f"{source}: several columns are named {', '.join(twice)}")
