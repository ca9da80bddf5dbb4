from . import packing_slip, shop_statement
