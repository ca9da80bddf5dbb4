"""Rules of the feedback inbox that are not Odoo's: working-time clocks and the state machine."""
