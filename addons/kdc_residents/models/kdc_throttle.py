from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac


class KdcThrottle(models.Model):
    """How often something secret was guessed wrong lately.

    Kept in the database so that several server processes count together and a restart forgets nothing.
    The source (an address, an account) is stored as a keyed hash only.
    """

    _name = "kdc.throttle"
    _description = "Counter of wrong guesses"

    scope = fields.Char(required=True)
    source_hash = fields.Char(required=True)
    failures = fields.Integer(required=True, default=0)
    window_start = fields.Datetime(required=True)

    _source_uniq = models.UniqueIndex("(scope, source_hash)")

    #: scope: (wrong guesses allowed, minutes until they are forgotten)
    _LIMITS = {
        "activation": (10, 15),
        "password": (5, 15),
        # codes sent to a telephone: each costs the ward money and the owner of the number patience
        "phone_code": (3, 60),
        "letter": (20, 15),
        "plate": (40, 15),
        # Copies of one's own data: a file full of personal data is not fetched all day long.
        "my_data": (3, 24 * 60),
        # Invitations a head makes for members of the own household.
        "invite": (5, 24 * 60),
    }

    @api.model
    def _hash_source(self, scope, source):
        # sudo: the key of the hash is a system parameter that no visitor may read.
        return hmac(self.sudo().env, f"kdc.throttle.{scope}", source)

    @api.model
    def _allow(self, scope, source):
        """Return whether ``source`` may try once more."""
        limit, minutes = self._LIMITS[scope]
        # sudo: visitors are counted without being allowed to see the counters.
        rows = self.sudo().search_fetch(
            [("scope", "=", scope), ("source_hash", "=", self._hash_source(scope, source))],
            ["failures", "window_start"],
        )
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=minutes)
        return not any(row.failures >= limit and row.window_start > since for row in rows)

    @api.model
    def _count(self, scope, source):
        """Count one wrong guess of ``source``. Two at the same time both count."""
        _limit, minutes = self._LIMITS[scope]
        now = fields.Datetime.now()
        self.env.execute_query(
            SQL(
                """
            INSERT INTO kdc_throttle AS t (scope, source_hash, failures, window_start)
                 VALUES (%(scope)s, %(source)s, 1, %(now)s)
            ON CONFLICT (scope, source_hash) DO UPDATE
                    SET failures = CASE WHEN t.window_start > %(since)s THEN t.failures + 1 ELSE 1 END,
                        window_start = CASE WHEN t.window_start > %(since)s THEN t.window_start ELSE %(now)s END
              RETURNING id
            """,
                scope=scope,
                source=self._hash_source(scope, source),
                now=now,
                since=fields.Datetime.subtract(now, minutes=minutes),
            )
        )
        self.invalidate_model(["failures", "window_start"])

    @api.autovacuum
    def _gc_old_counters(self):
        """Forget counters that no longer limit anything."""
        self.search([("window_start", "<", fields.Datetime.subtract(fields.Datetime.now(), days=1))]).unlink()
