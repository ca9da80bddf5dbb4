from odoo.tests import Form, tagged

from .common import FeedbackCommon


@tagged("post_install", "-at_install")
class TestReclassify(FeedbackCommon):
    """Another category or area is another unit's work: at once for dispatchers, proposed to handlers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.noise = cls.env.ref("kdc_feedback.category_noise_karaoke", raise_if_not_found=False)
        cls.noise = cls.noise or cls.env["kdc.feedback.category"].search(
            [("parent_id", "!=", False), ("parent_id", "!=", cls.category.parent_id.id), ("is_emergency", "=", False)],
            limit=1,
        )
        rules = cls.env["kdc.feedback.assignment"]
        cls.rule = rules.create(
            {"category_id": cls.noise.id, "unit_id": cls.other_unit.id, "company_id": cls.company.id}
        )

    def _save(self, feedback, user, **vals):
        """Save the form as the web client does: write, then read the same record."""
        return feedback.with_user(user).web_save(vals, {"unit_id": {}, "user_id": {}, "name": {}})

    def test_a_dispatcher_moves_the_work(self):
        feedback = self._send()
        feedback.user_id = self.user_handler
        self.rule.user_id = self.user_other_handler
        self._save(feedback, self.user_dispatcher, category_id=self.noise.id)
        self.assertEqual((feedback.unit_id, feedback.user_id), (self.other_unit, self.user_other_handler))
        told = feedback.activity_ids.user_id - self.user_auditor
        self.assertEqual(told, self.user_other_handler, "beside the supervisor, who was told before")
        self.assertFalse(feedback.with_user(self.user_handler).has_access("read"))

    def test_the_resident_and_the_staff_read_why(self):
        feedback = self._send()
        self._save(feedback, self.user_dispatcher, category_id=self.noise.id)
        event = feedback._public_messages().filtered(lambda line: line.action == "transfer")
        self.assertEqual(event.unit_id, self.other_unit)
        self.assertIn(self.noise.name, event.body)
        note = feedback.message_line_ids.filtered(lambda line: line.kind == "note")
        self.assertIn(self.unit.name, note.body)
        self.assertEqual(note.author_id, self.user_dispatcher)

    def test_the_clocks_follow_the_category_only(self):
        feedback = self._send()
        start, promised, urgency = feedback.term_start, feedback.handling_deadline, feedback.urgency
        self._save(feedback, self.user_dispatcher, category_id=self.noise.id)
        self.assertEqual(feedback.term_start, start, "the clock runs on")
        if self.noise.urgency == urgency:
            self.assertEqual(feedback.handling_deadline, promised)
        self._save(feedback, self.user_dispatcher, urgency="urgent")
        self.assertLess(feedback.handling_deadline, promised)

    def test_a_handler_keeps_it_and_is_offered_to_pass_it_on(self):
        feedback = self._send()
        saved = self._save(feedback, self.user_handler, category_id=self.noise.id)
        self.assertEqual(saved[0]["unit_id"], self.unit.id, "the form does not vanish while it is saved")
        wizard = self.env["kdc.feedback.step"].with_user(self.user_handler).with_context(
            active_model="kdc.feedback", active_ids=feedback.ids, default_step="transfer"
        )  # fmt: skip
        with Form(wizard) as form:
            self.assertEqual(form.unit_id, self.other_unit)
            form.note = "Karaoke"
        form.record.action_apply()
        self.assertEqual(feedback.unit_id, self.other_unit)

    def test_the_form_says_it_beforehand(self):
        feedback = self._send()
        for user, words in ((self.user_dispatcher, "goes to Order unit"), (self.user_handler, "stays with you")):
            asked = {"category_id": {}, "area_id": {}, "unit_id": {}, "company_id": {}, "is_open": {}}
            seen = feedback.with_user(user).with_context(lang="en_US")
            answer = seen.onchange({"category_id": self.noise.id}, ["category_id"], asked)
            with self.subTest(user=user.login):
                self.assertIn(words, answer["warning"]["message"])

    def test_another_area_has_another_unit(self):
        self.rule.write({"category_id": self.category.id, "area_id": self.group_b.id})
        feedback = self._send()
        self._save(feedback, self.user_dispatcher, area_id=self.group_b.id)
        self.assertEqual(feedback.unit_id, self.other_unit)
        self.assertFalse(feedback._public_messages()[-1].body, "the subject is the same")

    def test_what_stays(self):
        feedback = self._send()
        feedback.user_id = self.user_handler
        lines = feedback.message_line_ids
        self.rule.unit_id = self.unit
        self._save(feedback, self.user_dispatcher, category_id=self.noise.id)
        self.assertEqual((feedback.user_id, feedback.unit_id), (self.user_handler, self.unit), "the same unit")
        self.rule.unit_id = self.other_unit
        self._save(feedback, self.user_dispatcher, location=feedback.location)
        self.assertEqual(feedback.unit_id, self.unit, "something else was saved")
        feedback._staff_finish("Done")
        self._save(feedback, self.user_dispatcher, category_id=self.category.id)
        self.assertEqual(feedback.unit_id, self.unit, "the work is over")
        self.assertFalse((feedback.message_line_ids - lines).filtered(lambda line: line.action == "transfer"))
