"""Work through a list at night so that one bad record stops no other."""

from contextlib import contextmanager


@contextmanager
def undo_and_log(cr, logger, message, *args):
    """Undo the block if it fails, say in the log what and why, and let the caller go on with the next record.

    For scheduled actions only: somebody who waits for an answer must be told instead. The record stays as it was, so
    that the next run tries it again.

    :param message: of the log, for its ``args`` as ``logging`` takes them; names records by id, never persons
    """
    try:
        with cr.savepoint():
            yield
    except Exception:
        logger.exception(message, *args)
