"""The state machine: reachable, without traps, and honest about whose turn it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_feedback_engine import states


def test_every_state_is_known_and_reachable():
    reached, todo = {states.NEW}, [states.NEW]
    while todo:
        current = todo.pop()
        for steps in states.TRANSITIONS.values():
            assert set(steps) | set(steps.values()) <= set(states.STATES)
            after = steps.get(current)
            if after and after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(states.STATES)


def test_final_states_have_no_way_out_and_all_others_have():
    for state in states.STATES:
        leaves = any(states.can(state, action) for action in states.TRANSITIONS)
        assert leaves == (state not in states.FINAL), state


def test_groups_of_states():
    assert states.RUNNING | states.PAUSED == states.OPEN
    assert not states.RUNNING & states.PAUSED
    assert not states.OPEN & states.FINAL


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("closed", "start"),
        ("closed", "dispute"),
        ("refused", "finish"),
        ("merged", "receive"),
        ("routed", "start"),
        ("new", "confirm"),
        ("in_progress", "confirm"),
        ("waiting", "confirm"),
    ],
)
def test_forbidden_steps(state, action):
    with pytest.raises(states.ForbiddenTransition) as caught:
        states.next_state(state, action)
    assert caught.value.state == state
    assert caught.value.action == action


@given(st.lists(st.sampled_from(sorted(states.TRANSITIONS)), max_size=30))
def test_any_sequence_of_actions_stays_in_the_table(actions):
    state = states.NEW
    for action in actions:
        if states.can(state, action):
            after = states.next_state(state, action)
            assert states.is_legal_step(state, after)
            state = after
        else:
            with pytest.raises(states.ForbiddenTransition):
                states.next_state(state, action)
    assert state in states.STATES


def test_a_story_tells_the_state_after_each_row():
    for steps in states.TRANSITIONS.values():
        assert len(set(steps.values())) == 1, "a row tells the state, whatever came before"
    story = ["send", "receive", "transfer", "ask", "no_answer", "finish", False, "silence"]
    told = ["new", "received", "received", "waiting", "in_progress", "done", "done", "closed"]
    assert states.told_along(story) == told
