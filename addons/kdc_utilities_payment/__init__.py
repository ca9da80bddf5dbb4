from odoo.addons.payment import reset_payment_provider, setup_provider

from . import controllers, models, wizards
from .models.payment_provider import CODES


def post_init_hook(env):
    """Give every ward its own record of each gateway, disabled."""
    for code in CODES:
        setup_provider(env, code)


def uninstall_hook(env):
    """Disable the gateways; what was paid through them stays."""
    for code in CODES:
        reset_payment_provider(env, code)
