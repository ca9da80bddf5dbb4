"""_guests.py CONFIG DATABASE: what a crowd of guests has left behind, see ``tests/deploy/test_guests.py``."""

import sys

from _inside import opened, result

with opened(*sys.argv[1:3]) as env:
    found = env["kdc.feedback"].search([("channel", "=", "guest"), ("description", "=like", "Khách số %")])
    result(
        {
            "words": found.mapped("description"),
            "numbers": len(set(found.mapped("number"))),
            "photos": len(found.photo_ids.filtered("image")),
            "drafts": env["kdc.feedback.draft"].search_count([]),
        }
    )
