"""Locks of rows for work that only one person may do at a time."""

from odoo.exceptions import LockError, MissingError
from odoo.http import request
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.tools import SQL

TRIES = "_kdc_lock_tries"


def lock_or_retry(records, *, allow_referencing=False, touch=False):
    """Lock rows; while somebody else has them, let the whole transaction run again.

    ``lock_for_update`` of Odoo answers at once that it cannot grab a lock, in English. Here PostgreSQL refuses with an
    error that Odoo replays the request for (``service.model.retrying``) and for which a queued job is postponed: the
    replay reads what the other one has committed, so that it says "this was decided already" instead of deciding
    twice. Only the last replay gives up with a message. A scheduled action is not replayed: it uses
    ``try_lock_for_update`` and takes the record up with its next run.

    :param allow_referencing: other transactions may meanwhile refer to the rows
    :param touch: also write the rows. Whoever has begun before us and locks them after our commit is then replayed
        too; needed where the rows stand for something else, such as the sum of what refers to them.
    :raises LockError: still locked at the last replay of this request
    :raises MissingError: one of the rows was deleted
    """
    ids = [id_ for id_ in set(records._ids) if id_]
    if not ids:
        return
    env = records.env
    tries = getattr(request, TRIES, 0) + 1 if request else 0
    if tries == MAX_TRIES_ON_CONCURRENCY_FAILURE:
        try:
            records.lock_for_update(allow_referencing=allow_referencing)
        except LockError as error:
            message = env._("Somebody else is working on this at this moment. Please try again in a minute.")
            raise LockError(message) from error
    else:
        if request:
            setattr(request, TRIES, tries)
        query = SQL(
            "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id %s",
            SQL.identifier(records._table),
            ids,
            SQL("FOR NO KEY UPDATE NOWAIT") if allow_referencing else SQL("FOR UPDATE NOWAIT"),
        )
        # An expected refusal is no "bad query" for the log
        env.cr.execute(query, log_exceptions=False)
        if env.cr.rowcount != len(ids):
            raise MissingError(env._("This was deleted in the meantime. Please reload the page."))
        if request:
            setattr(request, TRIES, tries - 1)  # only refusals count, not the locks of one request
    if touch:
        env.cr.execute(
            SQL("UPDATE %s SET write_date = write_date WHERE id = ANY(%s)", SQL.identifier(records._table), ids)
        )
