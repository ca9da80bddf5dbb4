from . import feedback
from . import follow
from . import home
