"""A raw Interactive Brokers file to a validated table, not written, against the bare CSV reader."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from shortable.importers.sources.interactive_brokers import parse_file

from .answers import agree
from .change_model import FLOOR, snapshots
from .environments import ROOT, say
from .markets import tickers
from .report import Row
from .sizes import Sizes
from .timing import interleaved

REAL = ROOT.parent / "shared" / "data" / "ibkr" / "usa_20220806.txt"


def made_up_file(symbols: int) -> bytes:
    """A file in the vendor's format with the made-up market's values."""
    snapshot = next(snapshots(symbols, 1, seed=symbols, absences=True))
    lines = []
    for name, quantity, fee in zip(
        tickers(symbols), snapshot.quantity.tolist(), snapshot.fee.tolist(), strict=True
    ):
        if quantity > 0:
            shown = ">10000000" if quantity == FLOOR else str(quantity)
            rates = (
                "NA|NA" if fee < 0 else f"{(snapshot.benchmark - fee) / 1e4:.4f}|{fee / 1e4:.4f}"
            )
            lines.append(f"{name}|USD|{name} INC|{len(lines) + 1}|XXXXXXXU1016|{rates}|{shown}|")
    head = ["#BOF|2022.08.06|22:30:03", "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|"]
    return "\r\n".join([*head, *lines, f"#EOF|{len(lines)}", ""]).encode()


def source(path: Path = REAL) -> bytes:
    """The real file where it lies beside the project, else one in its format and of its size."""
    if path.exists():
        return path.read_bytes()
    say(f"no {path.name} beside the project: a made-up file in its format is parsed")
    return made_up_file(18_900)


def bare(data: bytes) -> pa.Table:
    """What pyarrow makes of the same bytes: all columns, types inferred, the closing line left out."""
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(skip_rows=1),
        parse_options=csv.ParseOptions(
            delimiter="|", quote_char=False, invalid_row_handler=lambda _row: "skip"
        ),
    )


def rows(sizes: Sizes) -> list[Row]:
    """The one row."""
    data = source()
    parsed = parse_file(data)
    agree("rows of the Interactive Brokers file", parsed.rows_read, bare(data).num_rows)
    times = interleaved(
        {"ours": lambda: parse_file(data), "csv": lambda: bare(data)}, 3 * sizes.rounds
    )
    return [
        Row.of(
            f"Interactive Brokers file of {parsed.rows_read:,} rows, parsed and validated / pyarrow read_csv",
            times["ours"],
            times["csv"],
            2.0,
        )
    ]
