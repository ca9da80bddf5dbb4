from . import (
    board,
    density,
    feedback,
    follow,
    following,
    guest,
    home,
    inspection,
    open311,
    places,
    uploads,
    watching,
)
