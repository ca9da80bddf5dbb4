"""Rules of fees and meters as pure functions: no Odoo here, no float for money."""
