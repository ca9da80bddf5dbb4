"""Speed of making one file of the bills of a whole area, beside one file for each and Odoo's own invoice report.

Odoo's report is measured up to its HTML: there is no wkhtmltopdf on a small server, and its share would come on top.
Time is processor time of Odoo and its database connection, and no record is in a cache when a file is begun.
"""

from ._context import Context
from ._result import Result

BILLS, SAMPLE = 1000, 25
#: MB
MEMORY = 1024


def run(context: Context) -> list[Result]:
    """A line per baseline, and the pages and the memory of the large file."""
    with context.database("bill_pdf") as database:
        found = context.inside("bill_pdf", database, BILLS, SAMPLE)
    name, rate = f"bill-pdf: {BILLS:,} bills", BILLS / found["together"]
    return [
        Result(name, "bills/s", rate, "a file for each bill", SAMPLE / found["singly"], 1.0),
        Result(name, "bills/s", rate, "Odoo's invoice, HTML only", SAMPLE / found["stock"], 1.0),
        Result("bill-pdf: pages", "pages/s", found["pages"] / found["together"]),
        Result("bill-pdf: memory", "MB", found["memory"], goal=MEMORY, more_is_better=False, absolute=True),
    ]
