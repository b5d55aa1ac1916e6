"""Importers: vendors' files into the store, with units fixed here and every unusable row reported."""

from __future__ import annotations

from shortable.importers.pipeline import import_source
from shortable.importers.report import ImportedSnapshot, ImportReport, Reject
from shortable.importers.source import Option, Source
from shortable.importers.sources import SOURCES

__all__ = [
    "SOURCES",
    "ImportReport",
    "ImportedSnapshot",
    "Option",
    "Reject",
    "Source",
    "import_source",
]
