from . import account
from . import activation
from . import home
from . import invitations
from . import light
from . import login
from . import notifications
from . import portal
