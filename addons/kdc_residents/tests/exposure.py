"""What anybody with a login may reach of an addon through a remote call, found in the registry and not in a list.

A new model or a new public method is covered the moment it exists: whoever adds one decides on its access, or a test
of the addon that extends :class:`ExposureCase` fails.
"""

import inspect
from contextlib import suppress

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import QUIET, ResidentsCommon

#: Of Odoo's own methods those by which data leaves a model, or comes in; with arguments that would work.
ORM_CALLS = {
    "read": lambda ids: [ids, ["display_name"]],
    "web_read": lambda ids: [ids, {"display_name": {}}],
    "export_data": lambda ids: [ids, ["id"]],
    "search_read": lambda _ids: [[], ["display_name"]],
    "web_search_read": lambda _ids: [[], {"display_name": {}}],
    "search_count": lambda _ids: [[]],
    "name_search": lambda _ids: [""],
    "formatted_read_group": lambda _ids: [[], [], ["__count"]],
    "write": lambda ids: [ids, {"id": 1}],
    "web_save": lambda ids: [ids, {}, {"display_name": {}}],
    "create": lambda _ids: [{}],
    "copy": lambda ids: [ids],
    "unlink": lambda ids: [ids],
}
#: What a required argument of a method is given when ``False`` would not do.
ARGUMENTS = {"msg_dict": {}}


def own_models(env, module):
    """Return the names of the models the addon ``module`` brings, dialogues included, sorted."""
    return sorted(
        name for name, model in env.registry.items() if model._original_module == module and not model._abstract
    )


def own_methods(env, module):
    """Yield pairs of model and public method that the addon ``module`` writes, also onto models of others, sorted."""
    prefix = f"odoo.addons.{module}."
    common = dir(env.registry["base"])
    for name, model in sorted(env.registry.items()):
        names = {
            method
            for base in model.mro()
            if base.__module__.startswith(prefix) and not base.__module__.startswith(f"{prefix}tests.")
            for method, member in vars(base).items()
            if inspect.isfunction(member) and not method.startswith("_") and method not in common
        }
        for method in sorted(names):
            with suppress(AccessError):  # @api.private: no remote call
                get_public_method(env[name], method)
                yield name, method


def call(user, records, method):
    """Make a remote call about ``records`` in the name of ``user``; return what came of it, an exception included."""
    model = records.sudo(False).with_user(user).browse()
    try:
        with records.env.cr.savepoint() as savepoint, mute_logger("odoo.models", "odoo.sql_db"):
            outcome = call_kw(model, method, [records.ids], {})
            savepoint.rollback()
            return outcome
    except Exception as error:
        return error
    finally:
        records.env.invalidate_all()


class ExposureCase(ResidentsCommon):
    """The addon's models and methods before a resident, a guest and an employee without a job in the community."""

    #: the addon under test
    MODULE = None
    #: model → reason why residents or guests hold a right on it
    OPEN_MODELS = {}
    #: (model, method) → reason why anybody may call it
    OPEN_METHODS = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strangers = {
            "resident": cls.user_portal_a,
            "guest": cls.env.ref("base.public_user"),
            "employee": new_test_user(cls.env, login="kdc_jobless", groups="base.group_user", context=QUIET),
        }

    # -- what there is -------------------------------------------------------------------------------------------
    @classmethod
    def _own_models(cls):
        return own_models(cls.env, cls.MODULE)

    @classmethod
    def _own_methods(cls):
        return own_methods(cls.env, cls.MODULE)

    def _target(self, name):
        """Ids of a record of somebody else, or of none: rights come before existence."""
        return (self.env[name].sudo().search([], order="id desc", limit=1).ids if self.env[name]._auto else []) or [1]

    def _call(self, user, name, method, args):
        """Make a remote call and undo it; return what came of it, or None when that is harmless.

        A refusal is an AccessError, or a sentence for the person who asked. An action does nothing yet: what it opens
        is read with the rights of whoever follows it.
        """
        try:
            with self.env.cr.savepoint() as savepoint, mute_logger("odoo.models", "odoo.sql_db"):
                try:
                    outcome = call_kw(self.env[name].with_user(user).with_context(lang=None), method, args, {})
                except AccessError:
                    # Refused before it did anything, as nearly all are: to undo it would take longer than to ask.
                    return None
                savepoint.rollback()
        except MissingError as error:
            refusal = f"went on to look for a record: {error!r}"
        except (UserError, NotImplementedError):
            refusal = None
        except Exception as error:
            refusal = f"went on without asking: {error!r}"
        else:
            refusal = self._harm(outcome)
        self.env.invalidate_all()
        return refusal

    def _open_to_strangers(self, name, calls):
        """Return {(who, method): what came of it} of those of these calls that were not refused to each stranger.

        :param calls: {method of the model: arguments}
        """
        outcomes = {
            (who, method): self._call(user, name, method, args)
            for who, user in self.strangers.items()
            for method, args in calls.items()
        }
        return {key: outcome for key, outcome in outcomes.items() if outcome}

    @staticmethod
    def _harm(outcome):
        """Say what a call gave that was not refused, or None for an action."""
        if isinstance(outcome, dict) and str(outcome.get("type")).startswith("ir.actions."):
            return None
        return f"went through: {outcome!r}"[:300]

    # -- the tests -----------------------------------------------------------------------------------------------
    def test_every_model_has_a_decision(self):
        """Each has an access list; what belongs to a ward has a rule for it."""
        rights = self.env["ir.model.access"].search([("active", "=", True)])
        rules = self.env["ir.rule"].search([("active", "=", True)])
        for name in self._own_models():
            with self.subTest(name):
                mine = rights.filtered(lambda right, name=name: right.model_id.model == name)
                self.assertTrue(mine, "no line in ir.model.access.csv: say who may do what")
                self.assertFalse(
                    mine.filtered(lambda right: not right.group_id),
                    "a right without a group is a right for everybody, guests included",
                )
                model = self.env[name]
                if "company_id" in model._fields and not model._transient:
                    texts = " ".join(
                        rules.filtered(lambda rule, name=name: rule.model_id.model == name).mapped("domain_force")
                    )
                    self.assertRegex(texts, r"company_id|user_id", "no rule keeps the wards apart")

    def test_every_dialogue_is_its_authors(self):
        """Odoo has no rule of its own for them: whoever holds the right would open the dialogues of all wards."""
        rules = self.env["ir.rule"].search([("active", "=", True), ("global", "=", True)])
        own = rules.filtered(lambda rule: "create_uid', '=', user.id" in rule.domain_force).model_id.mapped("model")
        self.assertFalse([name for name in self._own_models() if self.env[name]._transient and name not in own])

    def test_tracked_fields_are_the_records_own(self):
        """A related field takes ``tracking`` over: the log would tell of another record, and read it before rights."""
        for name in self._own_models():
            model = self.env[name]
            if model._inherits or not hasattr(model, "_track_get_fields"):
                continue
            with self.subTest(name):
                tracked = model._track_get_fields()
                self.assertFalse([field for field in tracked if not model._fields[field].store])

    def test_orm_is_closed(self):
        """Reading, counting, exporting, importing and writing: refused on every model that is not declared open."""
        for name in self._own_models():
            if name in self.OPEN_MODELS:
                continue
            ids = self._target(name)
            calls = {method: arguments(ids) for method, arguments in ORM_CALLS.items()}
            with self.subTest(model=name):
                self.assertFalse(self._open_to_strangers(name, calls))

    def test_methods_are_closed(self):
        """Every public method of ours refuses strangers before it does anything."""
        for name, method in self._own_methods():
            if (name, method) in self.OPEN_METHODS:
                continue
            function = get_public_method(self.env[name], method)
            required = [
                parameter
                for parameter in list(inspect.signature(function).parameters.values())[1:]
                if parameter.default is parameter.empty
                and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            ]
            ids = [] if getattr(function, "_api_model", False) else [self._target(name)]
            filled = [ARGUMENTS.get(parameter.name, False) for parameter in required]
            with self.subTest(model=name, method=method):
                self.assertFalse(self._open_to_strangers(name, {method: [*ids, *filled]}))

    def test_declarations_are_needed(self):
        """No exception outlives what it excepted."""
        methods = set(self._own_methods())
        self.assertFalse(set(self.OPEN_METHODS) - methods)
        self.assertFalse(set(self.OPEN_MODELS) - set(self._own_models()))
