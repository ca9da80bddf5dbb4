"""The three life cycles of the market, checked as tables."""

import itertools

import pytest
from kdc_marketplace_engine import listing_states, order_states, shop_states
from kdc_marketplace_engine.transitions import TransitionError, TransitionTable, allow

TABLES = {
    "order": order_states.ORDER_STATES,
    "listing": listing_states.LISTING_STATES,
    "shop": shop_states.SHOP_STATES,
}


def test_a_change_listed_twice_is_a_mistake():
    with pytest.raises(ValueError, match="twice"):
        TransitionTable(allow("a", "b", "x"), allow("a", "b", "y"))


@pytest.mark.parametrize("name", TABLES)
def test_nothing_outside_the_table_is_allowed(name):
    table = TABLES[name]
    listed = {(t.source, t.target, actor) for t in table for actor in t.actors}
    actors = {"buyer", "shop", "owner", "moderator", "system", "anybody"}
    for source, target, actor in itertools.product(table.states, table.states, actors):
        if (source, target, actor) in listed:
            assert table.check(source, target, actor)
        else:
            with pytest.raises(TransitionError):
                table.check(source, target, actor)


def test_way_of_an_order():
    table = order_states.ORDER_STATES
    assert table.targets("new", "shop") == ["accepted", "refused"]
    assert table.targets("new", "buyer") == ["cancelled"]
    assert table.targets("accepted", "buyer") == ["handed_over"], "a buyer cancels before acceptance only"
    assert table.targets("ready", "buyer") == ["handed_over"], "the shop may forget to note it"
    assert table.targets("accepted", "shop") == ["ready", "refused"]
    assert table.targets("ready", "shop") == ["handed_over", "refused"], "nobody may come for it"
    assert table.find("ready", "refused").needs_reason
    assert table.targets("handed_over", "system") == ["done"], "silence confirms"
    assert table.targets("handed_over", "buyer") == ["done"]
    assert table.final_states == {"done", "refused", "cancelled"}
    assert table.find("new", "refused").needs_reason
    assert not table.find("new", "accepted").needs_reason


def test_what_is_given_up_is_never_prepared():
    assert not set(order_states.TO_PREPARE) & set(order_states.GIVEN_UP)
    assert not set(order_states.OPEN) & set(order_states.GIVEN_UP)
    assert set(order_states.GIVEN_UP) <= order_states.ORDER_STATES.final_states


def test_an_application_is_taken_back_by_its_owner_only():
    for state in ("draft", "submitted", "refused"):
        assert shop_states.SHOP_STATES.find(state, "closed").actors == {"owner"}


def test_only_a_moderator_publishes_and_approves():
    for table, state in ((listing_states.LISTING_STATES, "published"), (shop_states.SHOP_STATES, "approved")):
        publishing = [t for t in table if t.target == state]
        assert publishing
        assert all(t.actors == {"moderator"} for t in publishing)
