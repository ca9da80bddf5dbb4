from . import controllers, models, wizards


def _post_init(env):
    """Give the companies that exist already what a new company gets at its creation."""
    env["res.company"].search([])._setup_feedback()
