"""The same rows as one dense Parquet file sorted by symbol and time: what DuckDB is asked about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .environments import cache, say
from .markets import VERSION, History

# One row group holds as many whole symbols as fit into pyarrow's default of 1,048,576 rows. Of row groups between
# DuckDB's own default (122,880) and that one, tried side by side on the daily file, these gave DuckDB its best or
# nearly best time: 34 against 37 ms for one symbol, 172 against 217 ms for all. A slower rival proves nothing.
ROW_GROUP = 1_048_576


def dense_file(history: History) -> Path:
    """Write the file at the first call: symbol, as_of (UTC), quantity, floor, fee and rebate rates; zstd.

    Parameters
    ----------
    history : History

    Returns
    -------
    Path
    """
    path = cache() / f"{history.shape.name}-v{VERSION}-dense.parquet"
    if not path.exists():
        say(f"writing {path.name} ...")
        temporary = path.with_suffix(".tmp")
        names = pa.array([str(symbol) for symbol in history.symbols])
        writer = None
        at_once = max(1, ROW_GROUP // history.shape.snapshots)
        for first in range(0, len(history.symbols), at_once):
            table = _rows(history, names, slice(first, first + at_once))
            writer = writer or pq.ParquetWriter(temporary, table.schema, compression="zstd")
            writer.write_table(table, row_group_size=ROW_GROUP)
        if writer is not None:
            writer.close()
        temporary.replace(path)
    return path


def _rows(history: History, names: pa.Array, chunk: slice) -> pa.Table:
    quantity, fee = np.asarray(history.quantity[chunk]), np.asarray(history.fee[chunk])
    which, when = np.nonzero(quantity >= 0)
    shares, fees = quantity[which, when], fee[which, when]
    rebates = history.benchmark[when] - fees
    codes = pa.array((which + chunk.start).astype(np.int32))
    return pa.table(
        {
            "symbol": pa.DictionaryArray.from_arrays(codes, names),
            "as_of": pa.array(history.instants[when], pa.timestamp("us")),
            "quantity": pa.array(shares.astype(np.int64)),
            "quantity_is_floor": pa.array(shares == 10_000_000),
            "fee_rate": pa.array(fees / 1e6, mask=fees < 0),
            "rebate_rate": pa.array(rebates / 1e6, mask=fees < 0),
        }
    )
