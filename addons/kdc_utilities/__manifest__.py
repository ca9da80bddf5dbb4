{
    "name": "KDC Utilities and Fees",
    "summary": "Services, dated tariffs, meters, bills that explain themselves, and their collection",
    "version": "19.0.1.0.0",
    "category": "Services/Residential Community",
    "author": "KDC",
    "license": "AGPL-3",
    "depends": ["kdc_residents", "account", "account_qr_code_emv", "l10n_vn", "queue_job"],
    "data": [
        "security/kdc_utilities_groups.xml",
        "security/ir.model.access.csv",
        "security/kdc_utilities_rules.xml",
        "data/ir_sequence_data.xml",
        "data/kdc_vat_data.xml",
        "data/queue_job_data.xml",
        "views/kdc_utilities_menus.xml",
    ],
    "application": True,
}
