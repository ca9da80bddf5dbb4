"""Addons that join ours, or ours and the OCA's, install themselves where both are, and nowhere else."""

import pytest

from kdc_cli import templates

GLUE = {
    "kdc_marketplace_feedback": {"kdc_feedback", "kdc_marketplace"},
    "kdc_marketplace_utilities": {"kdc_marketplace", "kdc_utilities"},
    "kdc_utilities_reconcile": {"account_reconcile_oca", "kdc_utilities"},
}


@pytest.mark.parametrize("name", GLUE)
def test_it_comes_by_itself_with_both_sides(name):
    manifest = templates.manifests()[name]
    assert manifest["auto_install"] is True, "True: where all of its dependencies are, a list: where those are"
    assert set(manifest["depends"]) == GLUE[name]


def test_the_sides_know_nothing_of_each_other():
    """No addon that others join depends on the glue or on the other side."""
    found = templates.manifests()
    for name, sides in GLUE.items():
        for side in sides:
            assert side not in found or not {name, *sides} & set(found[side]["depends"]), side
