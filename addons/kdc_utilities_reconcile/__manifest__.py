{
    "name": "KDC Reconciliation by Hand",
    "summary": "What the queue of transfers has set aside is reconciled in the OCA's screen, under the queue's rules",
    "version": "19.0.1.0.0",
    "category": "Services/Residential Community",
    "author": "KDC",
    "license": "AGPL-3",
    "depends": ["kdc_utilities", "account_reconcile_oca"],
    "data": [
        "security/kdc_utilities_reconcile_groups.xml",
        "views/account_bank_statement_line_views.xml",
        "views/kdc_transfer_views.xml",
    ],
    "auto_install": True,
}
