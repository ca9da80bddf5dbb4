from odoo.addons.kdc_residents.tools import personal_data
from odoo.api import SUPERUSER_ID, Environment
from odoo.tools import SQL, sql

BATCH = 5000


def migrate(cr, _version):
    """Encrypt the personal numbers that were stored in the clear, then drop their column.

    Without a key the update stops here and changes nothing, rather than losing or keeping readable numbers.
    """
    if not sql.column_exists(cr, "kdc_resident", "personal_number"):
        return
    env = Environment(cr, SUPERUSER_ID, {})
    rows = env.execute_query(SQL("SELECT id, personal_number FROM kdc_resident WHERE personal_number IS NOT NULL"))
    box = personal_data.vault_or_refuse(env) if rows else None
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        env.execute_query(
            SQL(
                """
                UPDATE kdc_resident r
                   SET personal_number_sealed = v.sealed, personal_number_index = v.index
                  FROM unnest(%s, %s, %s) AS v(id, sealed, index)
                 WHERE r.id = v.id
             RETURNING r.id
                """,
                [row[0] for row in batch],
                [box.seal(row[1], personal_data.NUMBER) for row in batch],
                [box.index(row[1], personal_data.NUMBER) for row in batch],
            )
        )
    cr.execute("ALTER TABLE kdc_resident DROP COLUMN personal_number")
