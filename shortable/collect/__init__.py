"""Collectors: what brokers and exchanges publish today and forget tomorrow, fetched unattended and kept in the store.

Known here are hosts, schedules, protocols and the archive of raw files. What is in a file only its importer knows: whole files
are handed to `shortable.importers`, and only they write the store.
"""

from __future__ import annotations

from shortable.collect.collectors import COLLECTORS, Collector
from shortable.collect.cycle import CycleReport, FileOutcome
from shortable.collect.hosts import Host, read_hosts
from shortable.collect.job import Job, Patience
from shortable.collect.schedule import At, Clock, Every, read_at, read_every
from shortable.collect.status import (
    CollectorStatus,
    FigureStatus,
    Status,
    StoreStatus,
    status,
)
from shortable.collect.stopping import StoppedError
from shortable.collect.watch import collect, watch

__all__ = [
    "COLLECTORS",
    "At",
    "Clock",
    "Collector",
    "CollectorStatus",
    "CycleReport",
    "Every",
    "FigureStatus",
    "FileOutcome",
    "Host",
    "Job",
    "Patience",
    "Status",
    "StoppedError",
    "StoreStatus",
    "collect",
    "read_at",
    "read_every",
    "read_hosts",
    "status",
    "watch",
]
