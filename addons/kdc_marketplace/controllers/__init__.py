from . import basket, cart, home, market, payment, portal_order, portal_shop, sale_portal
