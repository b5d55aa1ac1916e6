"""The store: availability of each broker and market, and other datasets, on disk, in Parquet.

No other package knows how they are laid out.
"""

from __future__ import annotations

from shortable.store.churn import Churn, churn
from shortable.store.compaction import CompactReport, compact
from shortable.store.coverage import Coverage, coverage, expected_sessions
from shortable.store.dataset import Column, Dataset, DatasetFile
from shortable.store.datasets.declared import (
    DATASETS,
    FAILS,
    LENDING,
    NET_SHORT,
    RESTRICTIONS,
    SHORT_BALANCES,
    SHORT_VOLUME,
    WHOLE_LIST,
    dataset_named,
)
from shortable.store.datasets.identities import (
    IdentityBreak,
    IdentityCheck,
    check_balances,
    stored_identities,
)
from shortable.store.datasets.reader import Figures
from shortable.store.files import write_text, writer_lock
from shortable.store.manifest import Layout
from shortable.store.paths import (
    ENVIRONMENT,
    DataFolder,
    absolute,
    brokers,
    check_broker,
    data_folder,
    markets_of,
    sample_folder,
    writable_folder,
)
from shortable.store.read import Store, open_store, watched_paths
from shortable.store.reference import (
    closes,
    reference_marks,
    shares_outstanding,
    store_shares_outstanding,
)
from shortable.store.remote import is_remote, uri_of
from shortable.store.rows import Rows
from shortable.store.short_interest import (
    SHORT_INTEREST,
    check_lag,
    check_published,
    known_at,
    known_by_rule,
)
from shortable.store.snapshots import Kind, Snapshot, SnapshotRows, make_snapshot
from shortable.store.write import AppendReport, append

__all__ = [
    "DATASETS",
    "ENVIRONMENT",
    "FAILS",
    "LENDING",
    "NET_SHORT",
    "RESTRICTIONS",
    "SHORT_BALANCES",
    "SHORT_INTEREST",
    "SHORT_VOLUME",
    "WHOLE_LIST",
    "AppendReport",
    "Churn",
    "Column",
    "CompactReport",
    "Coverage",
    "DataFolder",
    "Dataset",
    "DatasetFile",
    "Figures",
    "IdentityBreak",
    "IdentityCheck",
    "Kind",
    "Layout",
    "Rows",
    "Snapshot",
    "SnapshotRows",
    "Store",
    "absolute",
    "append",
    "brokers",
    "check_balances",
    "check_broker",
    "check_lag",
    "check_published",
    "churn",
    "closes",
    "compact",
    "coverage",
    "data_folder",
    "dataset_named",
    "expected_sessions",
    "is_remote",
    "known_at",
    "known_by_rule",
    "make_snapshot",
    "markets_of",
    "open_store",
    "reference_marks",
    "sample_folder",
    "shares_outstanding",
    "store_shares_outstanding",
    "stored_identities",
    "uri_of",
    "watched_paths",
    "writable_folder",
    "write_text",
    "writer_lock",
]


def __dir__() -> list[str]:
    return sorted(__all__)
