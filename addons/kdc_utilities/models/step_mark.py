from odoo.addons.kdc_residents.tools.step_mark import StepMark

#: The steps of a bank transfer. Here, since models that are loaded before those of the transfers need it too.
transfer_step = StepMark("kdc_transfer_step")
