from odoo import api, fields, models
from odoo.addons.kdc_residents.engine.text import fold
from odoo.fields import Domain

from ..engine import figures as maths
from ..engine import states
from ..engine.masking import mask

#: Nobody of the ward has read it yet, it stands at another place, or the law keeps it secret.
UNPUBLISHED = frozenset({states.NEW, states.MERGED, states.ROUTED})
#: Words of the ward for everybody; replies and questions to the reporter, the reporter's words and every note are not.
PUBLIC_TEXTS = ("result",)
#: What happened, told to everybody. Other lines of the conversation are not even counted in public.
PUBLIC_EVENTS = (
    "send", "receive", "start", "ask", "reporter_answer", "stop_waiting", "remind", "no_answer",
    "forward", "authority_answer", "recall",
    "defer", "resume", "finish", "refuse", "confirm", "silence", "dispute", "appeal", "transfer", "deadline",
)  # fmt: skip
#: What a reader of the board can ask for: key → domain.
BOARD_STATES = {
    "open": [("is_open", "=", True)],
    "late": [("is_open", "=", True), ("handling_status", "=", "overdue")],
    "done": [("state", "in", (states.DONE, states.CLOSED))],
    "refused": [("state", "=", states.REFUSED)],
}
#: Below so many finished feedbacks a percentage says nothing; the staff's figures keep to the same.
MINIMUM = maths.MINIMUM
#: A position is told as exactly as a phone knows it: about ten metres.
POSITION_DIGITS = 4


class KdcFeedback(models.Model):
    """What everybody may read, on whatever way: board, RSS, Open311, map, figures.

    ``is_public`` is the one gate. Texts pass through :meth:`_public_text`, so that neither a hidden name nor a
    telephone number somebody wrote into the words leaves the house.
    """

    _inherit = "kdc.feedback"

    is_hidden = fields.Boolean(string="Taken off the board", readonly=True, copy=False)
    is_public = fields.Boolean(
        string="On the public board", compute="_compute_is_public", store=True, help="Everybody can read it now."
    )

    # What everybody may search: never ``search_key``, in which a name or a number could be tried out.
    board_key = fields.Char(compute="_compute_board_key", store=True, index="trigram", groups="base.group_system")

    _shown_idx = models.Index("(company_id, received_at) WHERE is_public IS TRUE")
    _board_idx = models.Index("(company_id, submitted_at DESC, id DESC) WHERE is_public IS TRUE")

    @api.depends("state", "is_private", "is_hidden", "category_id.is_public")
    def _compute_is_public(self):
        for feedback in self:
            feedback.is_public = (
                feedback.state not in UNPUBLISHED
                and not feedback.is_private
                and not feedback.is_hidden
                and feedback.category_id.is_public
            )

    @api.depends("number", "name", "description", "location", "partner_id.name", "contact_name")
    def _compute_board_key(self):
        for feedback in self:
            texts = (feedback._public_text(text) for text in (feedback.name, feedback.description, feedback.location))
            feedback.board_key = fold(" ".join(filter(None, (feedback.number, *texts))))

    # -- finding -------------------------------------------------------------------------------------------------------
    @api.model
    def _board(self, company):
        """Domain of what the ward shows to everybody."""
        return [("company_id", "=", company.id), ("is_public", "=", True)]

    @api.model
    def _board_domain(self, company, category=None, area=None, state=None, words=None):
        """Domain of the board with the choices of a reader.

        :param category: ``kdc.feedback.category``, a group means all its categories
        :param state: a key of :data:`BOARD_STATES`
        :param words: words in any spelling, all of which must occur
        """
        domain = Domain(self._board(company))
        if category:
            domain &= Domain("category_id", "child_of", category.id)
        if area:
            domain &= Domain("area_id", "=", area.id)
        if state:
            domain &= Domain(BOARD_STATES[state])
        for word in fold(words).split()[:8]:
            domain &= Domain("board_key", "ilike", word)
        return domain

    @api.model
    def _board_figures(self, company, since):
        """Figures of the public feedback since a day, by state, group of categories and residential group.

        :returns: dict ``states``, ``categories``, ``areas``: lists of dicts ``name``, ``total``, ``open``, ``late``,
            ``kept`` (percent of finished feedback in time, ``None`` below :data:`MINIMUM`)
        """
        # sudo: only counts leave
        model = self.sudo()
        domain = Domain(self._board(company)) & Domain("submitted_at", ">=", since)
        rows = model._read_group(domain, ["category_id", "area_id", "is_open", "handling_status"], ["__count"])
        figures = {"states": {}, "categories": {}, "areas": {}}
        for category, area, is_open, clock, count in rows:
            for kind, key in (("states", None), ("categories", category.parent_id or category), ("areas", area)):
                line = figures[kind].setdefault(
                    key, {"record": key, "total": 0, "open": 0, "late": 0, "met": 0, "missed": 0}
                )
                line["total"] += count
                line["open"] += count if is_open else 0
                line["late"] += count if is_open and clock == "overdue" else 0
                line["met"] += count if clock == "met" else 0
                line["missed"] += count if clock == "missed" else 0
        for lines in figures.values():
            for line in lines.values():
                finished = line["met"] + line["missed"]
                line["kept"] = maths.percent(line["met"], finished)
        return {kind: sorted(lines.values(), key=lambda line: -line["total"]) for kind, lines in figures.items()}

    # -- what a feedback says of itself --------------------------------------------------------------------------------

    def _public_names(self):
        """The names that stand in no public text of this feedback."""
        self.ensure_one()
        # sudo: names are read to be taken out
        feedback = self.sudo()
        return [name for name in (feedback.partner_id.name, (feedback.contact_name or "").split("<")[0]) if name]

    def _public_text(self, text):
        """A text of this feedback as everybody may read it."""
        return mask(text, self._public_names()) or ""

    def _public_name(self):
        """Subject for everybody."""
        return self._public_text(self.name)

    def _public_place(self):
        """The place in the reporter's words, and the residential group; never the address of a home."""
        self.ensure_one()
        # people write the name of their group as the place
        return ", ".join(filter(None, dict.fromkeys((self._public_text(self.location), self.area_id.name))))

    def _public_position(self):
        """``(latitude, longitude)`` of the matter, ``None`` when unknown or when it is somebody's home."""
        self.ensure_one()
        if self.dwelling_id or not (self.latitude and self.longitude):
            return None
        return round(self.latitude, POSITION_DIGITS), round(self.longitude, POSITION_DIGITS)

    def _public_lines(self):
        """The story for everybody, oldest first, with the rows of all these feedbacks in one query.

        :returns: dict feedback → ``kdc.feedback.message`` in superuser mode
        """
        # sudo: the public holds no right on the rows; kinds and events are named one by one
        lines = self.env["kdc.feedback.message"].sudo()
        found = lines.search_fetch(
            [("feedback_id", "in", self.ids), *self._public_line_domain()],
            ["feedback_id", "date", "kind", "action", "body", "unit_id", "deadline_before", "deadline_after"],
        )
        grouped = found.grouped("feedback_id")
        return {feedback: grouped.get(feedback.sudo(), lines) for feedback in self}  # sudo: as above

    @api.model
    def _public_line_domain(self):
        """Domain of the rows of a conversation that everybody may know of."""
        return [
            ("kind", "in", [*PUBLIC_TEXTS, "question", "event", "reporter"]),
            "|",
            ("kind", "in", PUBLIC_TEXTS),
            ("action", "in", PUBLIC_EVENTS),
        ]

    def _public_body(self, line):
        """The words of one row for everybody: those of the ward, and why something was deferred or passed on."""
        if line.kind in PUBLIC_TEXTS or line.action in ("defer", "forward"):
            return self._public_text(line.body)
        return ""

    def _public_photos(self):
        """Photos for everybody: those sent with the feedback, and those of the ward's results.

        Those of a joined feedback are not among them: it may be private, hidden, or of a category that is not public.

        :returns: ``kdc.feedback.photo`` in superuser mode
        """
        # sudo: the public holds no right on photos; the domain leaves out those of the conversation and of notes
        return self.env["kdc.feedback.photo"].sudo().search(
            [
                ("feedback_id", "in", self.ids),
                ("is_hidden", "=", False),
                ("origin_id", "=", False),
                "|",
                ("message_id", "=", False),
                ("message_id.kind", "in", PUBLIC_TEXTS),
            ]
        )  # fmt: skip
