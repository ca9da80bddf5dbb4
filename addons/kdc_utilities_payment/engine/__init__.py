"""How the payment gateways sign, in plain Python: no Odoo in here."""
