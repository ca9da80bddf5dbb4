from . import board, feedback, follow, following, guest, home, open311, watching
