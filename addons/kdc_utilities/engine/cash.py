"""Cash that is rounded to the smallest useful note; what is owed and booked on the bills never is."""


def round_cash(amount: int, step: int) -> int:
    """The cash to hand over for an amount of whole VND: the nearest multiple of ``step``, half of it up.

    An amount that would round to nothing is taken as it is.

    :param step: VND of the smallest note; 0 rounds nothing
    """
    rounded = (2 * amount + step) // (2 * step) * step if step else amount
    return rounded or amount
