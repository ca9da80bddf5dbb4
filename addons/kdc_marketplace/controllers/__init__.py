from . import basket
from . import cart
from . import home
from . import market
from . import payment
from . import portal_order
from . import portal_shop
