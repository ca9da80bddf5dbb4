import base64
from dataclasses import replace
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.addons.kdc_residents.report import invitation_slip
from odoo.addons.kdc_residents.tools.actions import form_of
from odoo.exceptions import AccessError, UserError

from ..engine import tax_code

#: Days in which the code can be used; a business that comes later gets a new slip.
VALID_DAYS = 30


class KdcBusinessInvite(models.TransientModel):
    """A moderator lets a business of the ward that is no resident into the portal, so that it can apply for a shop.

    The business and the person who represents it become contacts of the ward, the person gets the activation slip of
    the residents: code on paper, the last four digits of the own personal number, the own phone. That number itself
    is not kept: it is in no register. Whoever is a resident gets a slip from the registry officers instead.
    """

    _name = "kdc.business.invite"
    _description = "Account of a business"
    _transient_max_hours = 1.0

    state = fields.Selection([("draft", "To print"), ("done", "Printed")], default="draft", required=True)
    again_id = fields.Many2one("kdc.invitation", "Earlier slip", ondelete="cascade")
    name = fields.Char("Name of the business", help="As in its registration.")
    tax_number = fields.Char(
        "Tax code",
        help="10 or 13 digits. Empty for a household business whose tax code is the owner's personal number.",
    )
    person_name = fields.Char("Represented by", help="Full name of the person who will use the account.")
    last_four = fields.Char("Last 4 digits of this person's personal number", size=4, help="Read from the card shown.")
    pdf = fields.Binary(attachment=False, readonly=True)

    @api.model
    def default_get(self, fields_list):
        """Take over who had the earlier slip."""
        values = super().default_get(fields_list)
        if again := self.env["kdc.invitation"].browse(values.get("again_id")):
            again.check_access("read")
            contact = again.business_id.sudo()  # sudo: names of who had the slip that was just checked
            business = contact.parent_id
            values |= {"name": business.name, "tax_number": business.vat, "person_name": contact.name}
        return values

    # -- checking what was typed -----------------------------------------------------------------------------------
    def _business_values(self):
        """Return (name, tax code or False, name of the person) as they are kept.

        :raises UserError: something is missing or cannot be right
        """
        name, person = (" ".join((text or "").split()) for text in (self.name, self.person_name))
        if not name or not person:
            raise UserError(self.env._("Please type the name of the business and who represents it."))
        if not self.tax_number:
            return name, False, person
        try:
            return name, tax_code.parse(self.tax_number, tax_code.ENTERPRISE).number, person
        except tax_code.WrongKind as error:
            raise UserError(
                self.env._(
                    "This is a personal number. It is not kept here: please leave the tax code empty, the owner types "
                    "it in the application."
                )
            ) from error
        except tax_code.TaxCodeError as error:
            raise UserError(self.env["kdc.shop"]._kdc_tax_message(error)) from error

    # -- the account -----------------------------------------------------------------------------------------------
    def action_print(self):
        """Note the business and who represents it, create the slip and offer the PDF."""
        self.ensure_one()
        if not self.env["kdc.shop"]._kdc_is_moderator():
            raise AccessError(self.env._("Only a market moderator opens the account of a business."))
        if self.again_id:
            contact, proof = self._earlier_holder()
        else:
            proof = self.env["kdc.invitation"]._kdc_proof(self.last_four)
            contact = self._new_holder(*self._business_values())
        self._check_account(contact)
        [(invitation, code)] = self.env["kdc.invitation"]._invite_business(contact, proof, VALID_DAYS).items()
        # The digits have done their work
        self.write({"state": "done", "pdf": base64.b64encode(self._render_slip(invitation, code)), "last_four": False})
        return form_of(self, self.env._("Account of a business"), target="new")

    def _earlier_holder(self):
        """Return the contact of the earlier slip and the hash of its four digits, both in sudo."""
        self.again_id.check_access("read")
        again = self.again_id.sudo()  # sudo: the hash is for the server only
        if not again.business_id:
            raise UserError(self.env._("Residents get their slips from the registry officers."))
        return again.business_id, again.proof_hash

    def _new_holder(self, name, number, person):
        """Return the contact of the representative, in sudo: one of the business if it is known, else a new one."""
        Partner = self.env["res.partner"].sudo()  # sudo: moderators keep no contacts; named fields only
        ward = {"company_id": self.env.company.id, "lang": "vi_VN"}
        # Only what this dialogue has made: other contacts may be payers, whose bills the account would show
        slips = self.env["kdc.invitation"].sudo()  # sudo: as above
        made = [("business_id.parent_id.vat", "=", number), ("company_id", "=", self.env.company.id)]
        business = number and slips.search(made, limit=1).business_id.parent_id
        if business and fold(person) in map(fold, business.child_ids.mapped("name")):
            raise UserError(
                self.env._("%s has a slip already. Please find it in the list and print a new one.", person)
            )
        country = self.env.ref("base.vn").id
        business = business or Partner.create(
            {"name": name, "is_company": True, "vat": number, "country_id": country, **ward}
        )
        return Partner.create({"name": person, "parent_id": business.id, **ward})

    def _check_account(self, contact):
        """Raise when a slip would lead nowhere, or further than into the portal."""
        users = contact.with_context(active_test=False).user_ids
        if any(not user.active or user._is_internal() for user in users):
            raise UserError(
                self.env._(
                    "The account of %s was closed or is one of the staff. An administrator can help.", contact.name
                )
            )

    # -- paper -----------------------------------------------------------------------------------------------------
    def _render_slip(self, invitation, code):
        """Return the PDF of the slip; the only moment at which the code is known."""
        base_url = self.get_base_url()
        contact = invitation.business_id
        person = invitation_slip.Person(
            name=contact.name,
            code=code,
            url=f"{base_url}/activate?{urlencode({'code': code})}",
            number=invitation.number,
        )
        business = contact.parent_id
        wording = self.env["kdc.invite.wizard"]._wording(invitation, base_url)
        title = self.with_context(lang=business.lang).env._("ACTIVATION SLIP FOR A BUSINESS OF THE WARD")
        slip = invitation_slip.Slip(business.name, business.vat or "", (person,))
        return invitation_slip.render([slip], replace(wording, title=title))

    def action_download(self):
        """Open the PDF in a new tab."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/kdc/business-slips/{self.id}/slip.pdf", "target": "new"}
