"""Rows of the report, as JSON or as a table."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured ratio.

    Attributes
    ----------
    name : str
        What against what.
    ours, baseline : float
        Seconds of one run (or the unit that the name states).
    target : float or None
        Highest ratio that meets the issue's target; None where there is none.
    extra : dict
        Further keys for the JSON.
    plausible : float
        Lowest ratio that can be believed. Below it the baseline does worse than it should, and nothing is met:
        doing more work than the baseline cannot take less time.
    """

    name: str
    ours: float
    baseline: float
    target: float | None
    extra: dict[str, Any] = field(default_factory=dict)
    plausible: float = 0.0

    @classmethod
    def of(
        cls,
        name: str,
        ours: Sequence[float],
        baseline: Sequence[float],
        target: float | None,
        *,
        loop: Sequence[float] = (0.0,),
        per: int = 1,
        plausible: float = 0.0,
        **extra: Any,
    ) -> Row:
        """The ratio of the medians of interleaved runs; that of their minima beside it.

        Noise only ever adds time, so where the two ratios differ much, the machine was busy.

        Parameters
        ----------
        name : str
        ours, baseline : sequence of float
            Seconds, one a run.
        target : float or None
        loop : sequence of float
            Seconds of the bare loop, taken off both.
        per : int
            Look-ups in one run.
        plausible : float
            As the attribute.
        **extra
            Further keys for the JSON.
        """
        least = (min(ours) - min(loop)) / (min(baseline) - min(loop))
        bare = statistics.median(loop)
        return cls(
            name,
            (statistics.median(ours) - bare) / per,
            (statistics.median(baseline) - bare) / per,
            target,
            {
                "ratio_of_minima": least,
                "runs": len(ours),
                "spread": spread(ours, baseline),
                **extra,
            },
            plausible,
        )

    @property
    def ratio(self) -> float:
        """Ours over the baseline's."""
        return self.ours / self.baseline

    @property
    def suspect(self) -> bool:
        """Whether the ratio is too good to be true."""
        return self.ratio < self.plausible

    @property
    def met(self) -> bool | None:
        """Whether the target is met, by a ratio that can be believed; None without a target."""
        return None if self.target is None else self.ratio <= self.target and not self.suspect

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON takes it."""
        return {
            "name": self.name,
            "ratio": self.ratio,
            "target": self.target,
            "ours": self.ours,
            "baseline": self.baseline,
            "met": self.met,
            "suspect": self.suspect,
            **self.extra,
        }


def spread(ours: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """The lowest and the highest ratio of any run to the other side's median."""
    middle = statistics.median(baseline)
    return [min(ours) / middle, max(ours) / middle]


def to_json(rows: list[Row]) -> str:
    """The rows as a JSON list."""
    return json.dumps([row.as_dict() for row in rows], indent=1)


def number(value: float) -> str:
    """Four figures, or a fraction where it reads better."""
    return f"1/{1 / value:.1f}" if 0 < value < 0.5 else f"{value:.2f}"


def duration(value: float, unit: str) -> str:
    """Seconds in the unit that suits them."""
    if unit != "s":
        return f"{value:.1f} {unit}"
    for scale, name in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value / 1e-9:.3g} ns"


def to_markdown(rows: list[Row], machine: Sequence[str]) -> str:
    """The rows as a Markdown table, the machine and the versions above it."""
    lines = [*machine, "", "| what / against what | ours | theirs | ratio | spread | target | |"]
    lines.append("|---|--:|--:|--:|--:|--:|---|")
    for row in rows:
        unit = row.extra.get("unit", "s")
        low_high = row.extra.get("spread")
        verdict = "suspect" if row.suspect else {True: "met", False: "missed", None: ""}[row.met]
        version = f" {row.extra['version']}" if "version" in row.extra else ""
        cells = (
            row.name.replace("|", "\\|") + version,
            duration(row.ours, unit),
            duration(row.baseline, unit),
            number(row.ratio),
            "" if low_high is None else " – ".join(map(number, low_high)),
            "" if row.target is None else "≤ " + number(row.target),
            verdict,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def to_table(rows: list[Row]) -> str:
    """The rows as aligned text."""
    head = ("what, against what", "ours", "baseline", "ratio", "of minima", "target", "")
    lines = [head]
    for row in rows:
        unit = row.extra.get("unit", "s")
        least = row.extra.get("ratio_of_minima")
        verdict = "SUSPECT" if row.suspect else {True: "met", False: "MISSED", None: ""}[row.met]
        lines.append(
            (
                row.name,
                duration(row.ours, unit),
                duration(row.baseline, unit),
                number(row.ratio),
                "" if least is None else number(least),
                "" if row.target is None else "<= " + number(row.target),
                verdict,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            text.ljust(width) if not place else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
