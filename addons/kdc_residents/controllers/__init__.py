from . import account, home, light, login, notifications, portal
