{
    "name": "KDC Reports about the Market as Feedback",
    "summary": "Reports of listings and orders land in the feedback inbox, the shop is asked and its answer timed",
    "version": "19.0.1.0.0",
    "category": "Services/Residential Community",
    "author": "KDC",
    "license": "AGPL-3",
    "depends": ["kdc_marketplace", "kdc_feedback"],
    "auto_install": True,
    "data": [
        "data/kdc_feedback_category_data.xml",
        "views/kdc_feedback_views.xml",
        "views/kdc_market_report_views.xml",
        "views/portal_templates.xml",
    ],
}
