from . import feedback, follow, home
