"""The same trouble at the same place again and again: what no single repair will end.

Two reports are of the same place when they name the same dwelling, when their points lie within the radius of each
other, or, when neither has a point, when they are of the same area. The category is always the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .nearby import distance


@dataclass(frozen=True)
class Spot:
    """One report, or a problem known already, by its place. ``point`` is (latitude, longitude)."""

    id: int
    category: int
    area: int | None = None
    dwelling: int | None = None
    point: tuple[float, float] | None = None


def is_same_place(one: Spot, other: Spot, radius: float) -> bool:
    """Whether two reports are of one category and place; ``radius`` in metres."""
    if one.category != other.category:
        return False
    if one.dwelling and one.dwelling == other.dwelling:
        return True
    if one.point and other.point:
        return distance(one.point, other.point) <= radius
    if one.point or other.point:
        return False
    return bool(one.area) and one.area == other.area


def sort_out(
    reports: Iterable[Spot], known: Iterable[Spot], count: int, radius: float
) -> tuple[dict[int, list[int]], list[list[int]]]:
    """What belongs to problems known already, and the new problems among the rest.

    A new problem is a report with at least ``count`` of them, itself included, at its place; the largest come first
    and a report belongs to one problem only, so that neighbours along a street do not grow into one.

    :param reports: reports of one period that belong to no problem yet, in the order they are to be named
    :param known: open problems
    :returns: ``(id of the known problem → ids of reports, list of ids of reports per new problem, its middle first)``
    """
    known = list(known)
    joined: dict[int, list[int]] = {}
    left: dict[int, list[Spot]] = {}
    for report in reports:
        problem = next((one for one in known if is_same_place(report, one, radius)), None)
        if problem:
            joined.setdefault(problem.id, []).append(report.id)
        else:
            left.setdefault(report.category, []).append(report)
    found = [ids for spots in left.values() for ids in _clusters(spots, count, radius)]
    return joined, found


def _clusters(spots: list[Spot], count: int, radius: float) -> list[list[int]]:
    """Groups of one category, the largest first."""
    around = {one.id: {other.id for other in spots if is_same_place(one, other, radius)} for one in spots}
    order = {one.id: number for number, one in enumerate(spots)}
    groups = []
    while around:
        middle = max(around, key=lambda key: (len(around[key]), -order[key]))
        members = around[middle]
        if len(members) < max(count, 1):
            break
        groups.append([middle, *sorted(members - {middle}, key=order.get)])
        around = {key: others - members for key, others in around.items() if key not in members}
    return groups
