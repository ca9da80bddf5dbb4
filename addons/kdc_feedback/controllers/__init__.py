from . import board, feedback, follow, following, home, open311, watching
