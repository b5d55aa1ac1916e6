"""Importers: vendors' files into the store, with units fixed here and every unusable row reported."""

from __future__ import annotations

from shortable.importers.finra import import_finra
from shortable.importers.interactive_brokers import import_interactive_brokers
from shortable.importers.interactive_brokers_history import import_history
from shortable.importers.lean import import_lean
from shortable.importers.registry import import_source
from shortable.importers.report import ImportedSnapshot, ImportReport, Reject
from shortable.importers.sfc import import_sfc
from shortable.importers.table import import_table

__all__ = [
    "ImportReport",
    "ImportedSnapshot",
    "Reject",
    "import_finra",
    "import_history",
    "import_interactive_brokers",
    "import_lean",
    "import_sfc",
    "import_source",
    "import_table",
]
