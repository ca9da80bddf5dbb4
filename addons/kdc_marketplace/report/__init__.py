from . import packing_list, packing_slip, shop_statement
