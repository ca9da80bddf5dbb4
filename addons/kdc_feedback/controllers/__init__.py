from . import board, density, feedback, follow, following, guest, home, open311, watching
