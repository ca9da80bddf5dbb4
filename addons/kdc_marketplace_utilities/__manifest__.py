{
    "name": "KDC Fees of the Market",
    "summary": "Stall fee and commission of the shops, computed per month and charged on their bills",
    "version": "19.0.1.0.0",
    "category": "Services/Residential Community",
    "author": "KDC",
    "license": "AGPL-3",
    "depends": ["kdc_marketplace", "kdc_utilities"],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
    "data": [
        "security/ir.model.access.csv",
        "security/kdc_marketplace_utilities_rules.xml",
        "views/kdc_market_fee_rule_views.xml",
        "views/kdc_market_fee_run_views.xml",
        "views/kdc_customer_account_views.xml",
        "views/menus.xml",
    ],
}
