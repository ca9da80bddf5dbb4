from . import invitation_slip
