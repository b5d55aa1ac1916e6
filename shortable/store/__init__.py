"""The store: one broker's availability in one market, on disk. The only room that knows Parquet's layout of it."""

from __future__ import annotations

from shortable.store.coverage import Coverage, coverage
from shortable.store.layout import Layout
from shortable.store.part import PartColumns
from shortable.store.paths import (
    DataFolder,
    brokers,
    check_broker,
    data_folder,
    sample_folder,
    writable_folder,
)
from shortable.store.read import Store, open_store
from shortable.store.snapshots import Snapshot, SnapshotRows, make_snapshot
from shortable.store.write import AppendReport, append

__all__ = [
    "AppendReport",
    "Coverage",
    "DataFolder",
    "Layout",
    "PartColumns",
    "Snapshot",
    "SnapshotRows",
    "Store",
    "append",
    "brokers",
    "check_broker",
    "coverage",
    "data_folder",
    "make_snapshot",
    "open_store",
    "sample_folder",
    "writable_folder",
]
