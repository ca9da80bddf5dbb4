from . import account, activation, home, invitations, light, login, notifications, portal
