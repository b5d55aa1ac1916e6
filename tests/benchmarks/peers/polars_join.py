"""polars ``join_asof`` of many look-ups. ``polars_join.py FILE.npz ROUNDS`` -> JSON.

The file has the book (codes, instants, available) and what is asked (codes, instants). Both frames are ready, sorted as
join_asof wants them, before the clock starts.
"""

import json
import sys
import time

import numpy as np
import polars as pl


def main(path, rounds):
    w = np.load(path)
    book = pl.DataFrame({"symbol": w["codes"], "time": w["instants"], "available": w["available"]})
    asked = pl.DataFrame({"symbol": w["asked"], "time": w["at"]}).sort("time")
    book = book.sort("time")
    book, asked = (frame.with_columns(pl.col("time").set_sorted()) for frame in (book, asked))
    seconds = []
    for _ in range(int(rounds) + 1):
        start = time.perf_counter()
        found = asked.join_asof(book, on="time", by="symbol", check_sortedness=False)
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "seconds": seconds[1:],
                "sum": int(found["available"].sum()),
                "version": pl.__version__,
                "threads": pl.thread_pool_size(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
