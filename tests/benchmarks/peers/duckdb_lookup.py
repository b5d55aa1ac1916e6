"""One as-of look-up in a dense Parquet file. Run by its own interpreter: one|all FILE SYMBOL UTC-TIME -> JSON.

The clock starts after the import and covers connecting, the query and fetching its answer.
"""

import json
import sys
import time
from datetime import datetime

import duckdb

ONE = """SELECT quantity FROM read_parquet(?)
         WHERE symbol = ? AND as_of <= ? ORDER BY as_of DESC LIMIT 1"""
ALL = """SELECT symbol, quantity FROM read_parquet($1)
         WHERE as_of = (SELECT max(as_of) FROM read_parquet($1) WHERE as_of <= $2)"""


def main(kind, path, symbol, when):
    instant = datetime.fromisoformat(when)
    start = time.perf_counter()
    connection = duckdb.connect()
    if kind == "one":
        answer = connection.execute(ONE, [path, symbol, instant]).fetchone()[0]
    else:
        answer = dict(connection.execute(ALL, [path, instant]).fetchall())
        answer = len(answer)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "answer": answer, "version": duckdb.__version__}))


if __name__ == "__main__":
    main(*sys.argv[1:])
