"""A table of allowed state changes, each with the actors who may make it.

The market has three life cycles (shop, listing, order). Each is written down once as a
:class:`TransitionTable`; models, controllers and tests all ask the same table.
"""

from dataclasses import dataclass


class TransitionError(ValueError):
    """The change is not in the table, or not for this actor."""

    def __init__(self, current, target, actor):
        super().__init__(f"{actor} may not change {current} to {target}")
        self.current = current
        self.target = target
        self.actor = actor


@dataclass(frozen=True)
class Transition:
    """One allowed change.

    :param source: state before
    :param target: state after
    :param actors: who may do it
    :param needs_reason: whether a reason in words must be given
    """

    source: str
    target: str
    actors: frozenset
    needs_reason: bool = False


class TransitionTable:
    """All changes of one life cycle; nothing outside the table is allowed."""

    def __init__(self, *transitions):
        self._by_pair = {(t.source, t.target): t for t in transitions}
        if len(self._by_pair) != len(transitions):
            raise ValueError("a change is listed twice")

    def __iter__(self):
        return iter(self._by_pair.values())

    @property
    def states(self):
        """Every state named in the table."""
        return {state for pair in self._by_pair for state in pair}

    @property
    def final_states(self):
        """States that nothing leaves."""
        return self.states - {source for source, _target in self._by_pair}

    def find(self, current, target, actor=None):
        """The transition from ``current`` to ``target``, or None.

        :param actor: when given, only if this actor may make it
        """
        transition = self._by_pair.get((current, target))
        if transition and actor is not None and actor not in transition.actors:
            return None
        return transition

    def check(self, current, target, actor):
        """The transition, or raise :class:`TransitionError`."""
        transition = self.find(current, target, actor)
        if transition is None:
            raise TransitionError(current, target, actor)
        return transition

    def targets(self, current, actor):
        """States this actor can reach from ``current``, in the order of the table."""
        return [t.target for t in self if t.source == current and actor in t.actors]


def allow(source, target, *actors, needs_reason=False):
    """Short form used by the tables."""
    return Transition(source, target, frozenset(actors), needs_reason)
