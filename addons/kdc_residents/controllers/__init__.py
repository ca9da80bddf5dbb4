from . import light
from . import home
from . import notifications
from . import account
from . import login
from . import portal
