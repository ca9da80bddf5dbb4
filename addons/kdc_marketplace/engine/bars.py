"""Bars of the owner's charts: how high each one is, in percent of the picture."""


def percent(part, whole):
    """Return ``part`` of ``whole`` in percent with one decimal; nothing is no part of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0


def heights(values, highest=None):
    """Return the height (0 to 100) of a bar for each value, so that the highest reaches the top.

    :param highest: what reaches the top, when it is no value of the row itself; never below the values
    """
    top = max([highest or 0, *values], default=0)
    return [round(percent(value, top)) for value in values]
