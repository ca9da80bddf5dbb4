import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import population
from kdc_residents_engine.population import Group


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "00–04"), (4, "00–04"), (5, "05–09"), (59, "55–59"), (84, "80–84"), (85, "85+"), (112, "85+"), (None, "")],
)
def test_band(age, band):
    assert population.age_band(age) == band


def test_bands_are_in_order_and_complete():
    assert population.bands() == sorted(population.bands())
    assert {population.age_band(age) for age in range(120)} == set(population.bands())


groups = st.lists(
    st.builds(
        Group,
        sex=st.sampled_from(["male", "female", "other", None]),
        age=st.one_of(st.none(), st.integers(0, 110)),
        persons=st.integers(1, 50),
    )
)


@given(groups)
def test_nobody_is_lost(rows):
    figures = population.figures(rows)
    assert figures["persons"] == sum(row.persons for row in rows)
    halves = sum(row["male"] + row["female"] for row in population.pyramid(rows))
    assert halves == sum(row.persons for row in rows if row.sex in ("male", "female") and row.age is not None)
    assert figures["elderly"] <= figures["adults"] <= figures["persons"]
