"""Rules of the market in pure Python: no Odoo import here."""

from . import listing_states, order_states, shop_states, transitions
