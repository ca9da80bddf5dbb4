from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.kdc_feedback.engine.recurring import Spot, is_same_place, sort_out

HERE = (12.2400, 109.1960)
NEAR = (12.2402, 109.1960)  # 22 m to the north
FAR = (12.2500, 109.1960)  # 1.1 km


def spots(*points, category=1, start=1, **values):
    return [Spot(number, category, point=point, **values) for number, point in enumerate(points, start)]


def test_three_at_one_place_are_one_problem():
    assert sort_out(spots(HERE, NEAR, HERE, FAR), [], 3, 50) == ({}, [[1, 2, 3]])


def test_two_are_not():
    assert sort_out(spots(HERE, NEAR, FAR), [], 3, 50) == ({}, [])


def test_other_categories_do_not_count():
    reports = spots(HERE, HERE) + spots(HERE, category=2, start=3)
    assert sort_out(reports, [], 3, 50) == ({}, [])


def test_a_dwelling_is_a_place_without_a_point():
    reports = [Spot(number, 1, area=number, dwelling=7) for number in (1, 2, 3)]
    assert sort_out(reports, [], 3, 0)[1] == [[1, 2, 3]]


def test_an_area_is_one_only_where_neither_has_a_point():
    plain, placed = Spot(1, 1, area=5), Spot(2, 1, area=5, point=HERE)
    assert is_same_place(plain, Spot(3, 1, area=5), 50)
    assert not is_same_place(plain, placed, 50)
    assert not is_same_place(Spot(1, 1), Spot(2, 1), 50), "nowhere is no place"


def test_what_is_known_takes_its_own_and_no_second_problem_is_raised():
    known = [Spot(90, 1, point=HERE)]
    assert sort_out(spots(HERE, NEAR, HERE, FAR), known, 3, 50) == ({90: [1, 2, 3]}, [])


def test_a_street_is_not_one_problem():
    street = [(12.24 + step * 0.0004, 109.196) for step in range(9)]  # a report every 44 m
    assert all(len(group) == 3 for group in sort_out(spots(*street), [], 3, 50)[1])


POINTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: (12 + p[0] / 5000, 109 + p[1] / 5000)), max_size=25
)


@given(POINTS, st.integers(2, 5), st.integers(0, 200))
def test_laws(points, count, radius):
    reports = spots(*points)
    by_id = {report.id: report for report in reports}
    _joined, groups = sort_out(reports, [], count, radius)
    seen = [key for group in groups for key in group]
    assert len(seen) == len(set(seen)), "a report belongs to one problem"
    for group in groups:
        assert len(group) >= count
        assert all(is_same_place(by_id[group[0]], by_id[key], radius) for key in group)
    rest = [report for report in reports if report.id not in seen]
    assert not sort_out(rest, [], count, radius)[1], "nothing is left to find"
