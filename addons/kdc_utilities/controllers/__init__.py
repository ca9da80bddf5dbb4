from . import (
    bills,
    books,
    contributions,
    disputes,
    documents,
    door_round,
    field_round,
    funds,
    invoices,
    readings,
    statements,
    visits,
)
