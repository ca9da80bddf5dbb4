{
    "name": "KDC Demo Community",
    "summary": "A believable Vietnamese ward to try, test and measure KDC with",
    "version": "19.0.1.0.0",
    "category": "Services/Residential Community",
    "author": "KDC",
    "license": "AGPL-3",
    "depends": [
        "kdc_residents",
        "kdc_utilities",
        "kdc_utilities_payment",
        "kdc_utilities_reconcile",
        "kdc_marketplace",
        "kdc_marketplace_utilities",
        "kdc_feedback",
        "kdc_marketplace_feedback",
    ],
    "external_dependencies": {"python": ["pillow", "xlwt", "xlsxwriter"]},
}
