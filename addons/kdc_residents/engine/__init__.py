"""Rules of the registry as pure Python: no Odoo import here, so that they are tested in milliseconds."""
