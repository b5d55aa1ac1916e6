"""Real files of several sources, collected from a server on loopback under the names that their publishers give them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")
pytest.importorskip("httpx", reason="httpx is not installed (extra collect)")

from shortable.collect import COLLECTORS, Clock, Job, Patience, collect
from shortable.collect.wanted import Ask
from shortable.errors import InvalidInputError

from .servers import Published, http_server

FAST = Patience(attempts=2, first_wait=0, jitter=0, stall=2, delay=0)


@pytest.mark.parametrize(
    ("source", "file", "day", "path"),
    [
        (
            "finra",
            "finra/shrt20210115.csv",
            date(2021, 1, 15),
            "equity/otcmarket/biweekly/shrt20210115.csv",
        ),
        (
            "finra-volume",
            "finra/CNMSshvol20210126.txt",
            date(2021, 1, 26),
            "equity/regsho/daily/CNMSshvol20210126.txt",
        ),
        (
            "sec-fails",
            "sec/cnsfails202101b.txt",
            date(2021, 1, 31),
            "files/data/fails-deliver-data/cnsfails202101b.zip",
        ),
        (
            "sfc",
            "sfc/Short_Position_Reporting_Aggregated_Data_20221202.csv",
            date(2022, 12, 2),
            "-/media/EN/pdf/spr/2022/12/02/Short_Position_Reporting_Aggregated_Data_20221202.csv",
        ),
        (
            "nse",
            "india/SLBM_BC_18092026_excerpt.DAT",
            date(2026, 9, 18),
            "archives/slbs/bhavcopy/SLBM_BC_18092026.DAT",
        ),
        (
            "b3",
            "brazil/b3_loans_20260630_excerpt.csv",
            date(2026, 6, 30),
            "bdi/table/export/csv?lang=pt-BR",
        ),
    ],
)
def test_a_real_file_under_its_publishers_name(
    real_data: Path, tmp_path: Path, source: str, file: str, day: date, path: str
) -> None:
    published = Published({path: (real_data / file).read_bytes()})
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=62)
    clock = Clock(lambda: now, lambda: 0.0, lambda seconds: None)
    wanted = [f for f in COLLECTORS[source].files(Ask(now, since=day)) if f.day == day]
    assert path in [f.path for f in wanted]
    if source == "b3":  # each day has the same address, and what is posted tells them apart
        assert wanted[0].post.startswith(b'{"Name": "BTBLoanBalance", "Date": "2026-06-30", ')
        clock = Clock(
            lambda: datetime(2026, 7, 1, 12, tzinfo=UTC), lambda: 0.0, lambda seconds: None
        )
    with http_server(published) as url:
        job = Job(
            source=source,
            data_folder=tmp_path,
            url=url,
            since=day,
            patience=FAST,
            clock=clock,
        )
        found = {f.key: f for f in collect(job).files}
    ours = next(f for f in wanted if f.path == path)
    assert found[ours.key].outcome == "stored", found[ours.key].detail
    assert found[ours.key].rows > 0
    others = {f.outcome for key, f in found.items() if key != ours.key}
    assert others <= {"absent"}


def test_the_sec_wants_to_know_who_asks(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="user_agent"):
        Job(source="sec-fails", data_folder=tmp_path)
    Job(source="sec-fails", data_folder=tmp_path, user_agent="Jane Doe jane@example.com")
