"""Rules of the market in pure Python: no Odoo import here."""

from . import handover, listing_states, opening, order_states, shop_states, tax_code, transitions
