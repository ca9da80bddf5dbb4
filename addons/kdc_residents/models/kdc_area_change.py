from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.actions import dialogue
from ..tools.locks import lock_or_retry


class KdcAreaChange(models.Model):
    """A merger or division of areas as it was carried out, with all that is needed to take it back.

    The journal is found by comparing, before and after, every stored reference to the areas concerned in any model:
    so what addons move in ``kdc.area._move_open_work`` comes back too, and no addon has to write an undo of its own.

    Taking back is for mistakes that are seen soon. What was recorded since in the areas that came out of it follows its
    dwelling or household; where it has none, the officer names the old area it goes to. People put in charge since and
    anything new in merged wards forbid it: nobody could say to which of the old areas they belong.
    """

    _name = "kdc.area.change"
    _description = "Merger or Division of Areas"
    _order = "id DESC"

    name = fields.Char(string="What became what", required=True, readonly=True)
    kind = fields.Selection([("merge", "Merger"), ("split", "Division")], required=True, readonly=True)
    date = fields.Date(string="From", required=True, readonly=True)
    decision_number = fields.Char(string="Decision", readonly=True)
    company_id = fields.Many2one("res.company", string="Ward office", readonly=True, index="btree_not_null")
    succession_ids = fields.One2many("kdc.area.succession", "change_id", string="Successions", readonly=True)
    dwelling_count = fields.Integer(string="Dwellings moved", readonly=True)
    state = fields.Selection(
        [("done", "Carried out"), ("undone", "Taken back")], required=True, readonly=True, default="done"
    )
    undone_by = fields.Many2one("res.users", string="Taken back by", readonly=True)
    undone_on = fields.Datetime(string="Taken back on", readonly=True)
    undo_reason = fields.Char(string="Reason", readonly=True)
    journal = fields.Json(readonly=True, groups="base.group_system")

    _undone_has_reason = models.Constraint(
        "CHECK (state = 'done' OR (undo_reason IS NOT NULL AND undone_on IS NOT NULL))",
        "Say why the merger or division is taken back.",
    )

    # --------------------------------------------------------------------------------------------------- journal
    @api.model
    def _references(self):
        """Yield (model, field) for all that points to areas by itself, not by way of its dwelling or household."""
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or model._transient or not model._auto or model._log_access is False:
                continue
            for field in model._fields.values():
                if field.type not in ("many2one", "many2many") or field.comodel_name != "kdc.area" or not field.store:
                    continue
                if not (field.compute and field.readonly):
                    # sudo: references of all addons, also those an officer has no right on
                    yield model.sudo().with_context(active_test=False), field

    @api.model
    def _snapshot(self, areas):
        """Return {model,field: {id: ids of those of ``areas`` it points to}}."""
        self.env.flush_all()
        found = {}
        for model, field in self._references():
            records = model.search_fetch([(field.name, "in", areas.ids)], [field.name])
            found[f"{model._name},{field.name}"] = {
                str(record.id): sorted(set(record[field.name].ids) & set(areas.ids)) for record in records
            }
        return found

    @contextmanager
    def _recording(self, kind, areas, date, decision_number):
        """Carry out a merger or division of ``areas`` and write down what it changed.

        Yields a function to which the areas that come out of it are given; what is written outside is not recorded.
        """
        # Wards take their groups along, whose names may change.
        inside = areas | areas.with_context(active_test=False).child_ids
        before = self._snapshot(inside)
        facts = areas._undo_facts()
        names = areas.mapped("name")
        results = []
        yield results.append
        made = areas.browse().concat(*results)
        after = self._snapshot(inside | made)
        now = areas._undo_facts()
        for key, vals in areas.browse(map(int, facts["areas"]))._undo_facts()["areas"].items():
            now["areas"].setdefault(key, vals)
        successors = areas.successor_ids.filtered(lambda s: not s.change_id and s.date == date)
        # sudo: nobody writes these notes by hand; the caller had the right to reorganise the areas.
        change = self.sudo().create({
            "name": f"{' + '.join(names)} → {' + '.join((made or areas).mapped('name'))}",
            "kind": kind, "date": date, "decision_number": decision_number, "company_id": made[:1].company_id.id,
            "dwelling_count": sum(successors.mapped("dwelling_count")),
            "journal": {
                "made": (made - areas).ids, "moved": self._moved(before, after), "last": self._last_ids(),
                "facts": {
                    key: {number: vals for number, vals in rows.items() if now[key].get(number) != vals}
                    for key, rows in facts.items()
                },
                "created": {
                    key: [int(number) for number in rows if number not in before.get(key, {})]
                    for key, rows in after.items()
                    if key != "kdc.area,parent_id"
                },
            },
        })  # fmt: skip
        # sudo: the note is linked for the register; officers only create successions.
        successors.sudo().change_id = change

    @api.model
    def _last_ids(self):
        """Return {model: its last number}: whatever has a higher one was recorded later."""
        models_ = {model._name: model for model, _field in self._references()}
        return {name: model.search([], order="id DESC", limit=1).id or 0 for name, model in models_.items()}

    @staticmethod
    def _moved(before, after):
        """Return {model,field: {id: [areas before, areas after]}} of the rows that exist and now point elsewhere."""
        return {
            key: {
                number: [old, after.get(key, {}).get(number, [])]
                for number, old in rows.items()
                if after.get(key, {}).get(number, []) != old
            }
            for key, rows in before.items()
        }

    # ------------------------------------------------------------------------------------------------------ undo
    def action_undo(self):
        """Open the dialogue that takes this back."""
        return dialogue("kdc.area.undo", self.env._("Take back"), change_id=self.id)

    def _undo(self, reason, heir=None):
        """Bring everything back to where it was, in one transaction, or refuse and say what stands in the way.

        :param heir: the old area that gets what was recorded since and lies at no known place
        """
        self.ensure_one()
        areas = self.succession_ids.predecessor_id | self.succession_ids.successor_id
        areas.check_access("write")
        lock_or_retry(areas)
        if self.state != "done":
            raise UserError(self.env._("This was taken back already."))
        # sudo: what was moved in every addon comes back, whichever of it this officer may see.
        self = self.sudo()  # noqa: PLW0642
        areas = areas.with_env(self.env)
        later = (areas.successor_ids | areas.predecessor_ids).change_id.filtered(lambda c: c.id > self.id)
        if later:
            raise UserError(self.env._("First take back what came after it: %(change)s.", change=later[0].name))
        self._check_untouched()
        predecessors = self.succession_ids.predecessor_id
        new = self._new_since()
        heir = self._heir(new, heir)
        made = areas.browse(self.journal["made"])
        self = self.with_context(kdc_undo=True, kdc_succession=True, tracking_disable=True)  # noqa: PLW0642
        self._delete_created()
        # What came out gives up name, code and office first, for the old areas take them back.
        made.with_env(self.env).write({"date_to": self.date, "code": False})
        made.flush_recordset()
        self._restore_areas({"date_to", "company_id"})
        self._restore_references()
        self._place_new(new, heir)
        self._restore_areas({"name", "code"})
        self._restore_terms()
        self.env.flush_all()
        self._check_unused(made)
        made.unlink()
        self.write({
            "state": "undone", "undo_reason": reason, "undone_by": self.env.uid, "undone_on": fields.Datetime.now()
        })  # fmt: skip
        return predecessors

    def _records(self, section):
        """Yield (records, field name, rows) of a section of the journal, as far as the addon is still installed."""
        for key, rows in self.journal[section].items():
            model, field = key.split(",")
            if rows and model in self.env and field in self.env[model]._fields:
                records = self.env[model].with_context(active_test=False).browse(map(int, rows))
                yield records.exists(), field, rows

    def _check_untouched(self):
        """Check that what was moved still is where it was put."""
        for records, name, rows in self._records("moved"):
            for record in records:
                old, new = rows[str(record.id)]
                if set(record[name].ids) & {*old, *new} != set(new):
                    raise UserError(
                        self.env._(
                            "“%(record)s” (%(kind)s) has gone elsewhere since. This can no longer be taken back; "
                            "divide or merge the areas anew instead.",
                            record=record.display_name, kind=self._label(record),
                        )
                    )  # fmt: skip

    def _new_since(self):
        """Return [(records, field)]: what points to the areas that came out of this and was recorded since."""
        results = self.succession_ids.successor_id
        found = []
        for model, field in self._references():
            last = self.journal["last"].get(model._name, 0)
            if records := model.search([(field.name, "in", results.ids), ("id", ">", last)]):
                found.append((records, field))
        return found

    def _new_in_words(self, new):
        """Return what :meth:`_new_since` found, as “Feedback: 3, Dwellings: 1”."""
        counts = {}
        for records, _field in new:
            counts[self._label(records)] = counts.get(self._label(records), 0) + len(records)
        return ", ".join(f"{label}: {count}" for label, count in counts.items())

    def _is_placeless(self, records):
        """Return whether the old area of some of these new records cannot be told from where they are."""
        return any(not self._place_of(record) for record in records)

    def _place_of(self, record):
        """Return the dwelling a new record is about, as far as it was there before the areas changed."""
        for name in ("dwelling_id", "household_id", "resident_id"):
            if name in record._fields:
                place = record[name] if name == "dwelling_id" else record[name].dwelling_id
                if place and str(place.id) in self.journal["moved"].get("kdc.dwelling,area_id", {}):
                    return place
        return self.env["kdc.dwelling"]

    def _heir(self, new, chosen):
        """Return the old area for what is new and lies nowhere known.

        :raises UserError: it cannot be told, and the message says what is new
        """
        results, old = self.succession_ids.successor_id, self.succession_ids.predecessor_id
        fixed = [(records, field) for records, field in new if records._name in ("kdc.area.head", "kdc.area")]
        if fixed or (new and "commune" in results.mapped("kind")):
            self._refuse_for(results, self._new_in_words(fixed or new))
        if chosen and chosen not in old:
            raise UserError(self.env._("Choose one of the areas that exist again."))
        # sudo: references of all addons move to it
        heir = chosen.sudo() if chosen else old if len(old) == 1 else old.browse()
        placeless = [(records, field) for records, field in new if self._is_placeless(records)]
        if placeless and not heir:
            raise UserError(
                self.env._(
                    "Since then there is something new in %(areas)s: %(what)s. Choose the old area it goes to.",
                    areas=", ".join(results.mapped("name")), what=self._new_in_words(placeless),
                )
            )  # fmt: skip
        return heir

    def _place_new(self, new, heir):
        """Let what is new follow its dwelling, which is back in its old area, or go to ``heir``."""
        results = self.succession_ids.successor_id
        for records, field in new:
            for record in records:
                area = self._place_of(record).area_id or heir
                if field.type == "many2one":
                    record[field.name] = area
                else:
                    record[field.name] = (record[field.name] - results) | area

    def _refuse_for(self, areas, what):
        raise UserError(
            self.env._(
                "Since then there is something new in %(areas)s: %(what)s. It cannot be known to which of the old "
                "areas it belongs, so this can no longer be taken back. Divide or merge the areas anew instead.",
                areas=", ".join(areas.mapped("name")),
                what=what,
            )
        )

    def _label(self, records):
        return self.env["ir.model"]._get(records._name).name

    def _delete_created(self):
        """Delete what the merger itself wrote: successions, former names, notes of former groups, copied settings."""
        for records, _name, _rows in self._records("created"):
            if records._name not in ("res.users", "kdc.area"):
                records.unlink()

    def _restore_areas(self, names):
        """Give the areas the values of the fields ``names`` that :meth:`kdc.area._undo_facts` noted."""
        facts = self.journal["facts"]["areas"]
        areas = self.env["kdc.area"].browse(map(int, facts)).exists()
        # First the area that goes on: it gives back the office another one is to have.
        for area in areas.sorted(lambda area: bool(area.date_to)):
            vals = {name: value for name, value in facts[str(area.id)].items() if name in names}
            if vals:
                area.write(vals)
                area.flush_recordset()

    def _restore_terms(self):
        """Let the heads whose terms ended with their area go on."""
        facts = self.journal["facts"]["terms"]
        for term in self.env["kdc.area.head"].browse(map(int, facts)).exists():
            term.write(facts[str(term.id)])

    def _restore_references(self):
        """Point everything back, dwellings first because much follows them."""
        moved = sorted(self._records("moved"), key=lambda entry: (entry[0]._name != "kdc.dwelling", entry[0]._name))
        for records, name, rows in moved:
            if records._fields[name].type == "many2one":
                for old_id in sorted({rows[str(record.id)][0][0] for record in records}):
                    records.filtered(lambda r, rows=rows, old=old_id: rows[str(r.id)][0][0] == old)[name] = old_id
            else:
                for record in records:
                    old, new = rows[str(record.id)]
                    record[name] = (record[name] - record[name].browse(new)) | record[name].browse(old)
            if records._name == "kdc.area":
                households = self.env["kdc.household"].with_context(active_test=False)
                households.search([("area_id", "in", records.ids)])._update_partner_address()

    def _check_unused(self, made):
        """Check that nothing of any model points to the areas that are about to vanish."""
        left = {}
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if field.type == "many2one" and field.comodel_name == "kdc.area" and field.store:
                    # sudo: whether anything is left counts, not who may read it
                    count = model.sudo().with_context(active_test=False).search_count([(field.name, "in", made.ids)])
                    if count:
                        left[self._label(model)] = count
        if left:
            self._refuse_for(made, ", ".join(f"{label}: {count}" for label, count in left.items()))
