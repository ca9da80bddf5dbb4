"""One measured line, and how lines are shown."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """Ours beside a baseline measured in the same run.

    :param unit: what is counted; with ``more_is_better`` a larger number of it is an advantage.
    :param goal: the ratio ours/baseline to reach (at least, or at most when less is better); with ``absolute`` it is
        a limit of ours itself. None: there is no goal, the line is for information.
    """

    name: str
    unit: str
    ours: float
    baseline_name: str = ""
    baseline: float | None = None
    goal: float | None = None
    more_is_better: bool = True
    absolute: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours divided by the baseline."""
        return self.ours / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without goal or baseline."""
        value = self.ours if self.absolute else self.ratio
        if self.goal is None or value is None:
            return None
        return value >= self.goal if self.more_is_better else value <= self.goal

    def as_dict(self) -> dict:
        """The fields of the --json form."""
        values = asdict(self)
        keys = ("name", "unit", "ours", "baseline_name", "baseline", "ratio", "goal", "met")
        return {key: values.get(key, getattr(self, key)) for key in keys}


def number(value: float | None) -> str:
    """A number with a sensible count of digits."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def goal_text(result: Result) -> str:
    """The goal as people read it, e.g. ``≥ 10×`` or ``≤ 60``."""
    if result.goal is None:
        return "–"
    sign = "≥" if result.more_is_better else "≤"
    return f"{sign} {number(result.goal)}{'' if result.absolute else '×'}"


def table(results: Iterable[Result]) -> str:
    """All results in columns."""
    head = ("what", "unit", "ours", "baseline", "", "ratio", "goal", "met")
    rows = [head]
    for result in results:
        met = {True: "yes", False: "NO", None: "–"}[result.met]
        ratio = "–" if result.ratio is None else f"{number(result.ratio)}×"
        rows.append(
            (result.name, result.unit, number(result.ours), number(result.baseline), result.baseline_name, ratio,
             goal_text(result), met)
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    pairs = (zip(row, widths, strict=True) for row in rows)
    return "\n".join("  ".join(cell.ljust(width) for cell, width in pair).rstrip() for pair in pairs)


def json_lines(results: Iterable[Result]) -> str:
    """One JSON object per line."""
    return "\n".join(json.dumps(result.as_dict(), ensure_ascii=False) for result in results)
