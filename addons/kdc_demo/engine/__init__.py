"""Deterministic generator of a believable Vietnamese community, without Odoo.

The same seed, size and day give the same people on every machine: only :class:`random.Random` seeded with text is used,
and whatever must be unique (personal numbers, phones, meter serials) is unique by construction, not by retrying.
"""
