from . import account, activation, changes, home, invitations, light, login, notifications, portal, privacy
