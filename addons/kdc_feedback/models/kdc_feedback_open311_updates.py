from odoo import api, models
from odoo.fields import Domain

from ..engine import open311, states

#: How a case leaves the way the board tells of, and comes back: only the client that has sent it is told.
OWN_ENDS = ("merge", "give_back", "route_out", "route_back")


class KdcFeedback(models.Model):
    """The story of a feedback as updates, which FixMyStreet and others fetch (``servicerequestupdates``).

    An extension of mySociety to GeoReport v2; it tells what the page of the board tells, row by row. A client is also
    told of the end of what it has sent itself.
    """

    _inherit = "kdc.feedback"

    @api.model
    def _open311_updates(self, company, client, query, now, base_url):
        """What has happened in a period, the oldest first.

        :param client: ``kdc.feedback.api.key``, which also reads of what it has sent itself; or None
        :param query: arguments as text: ``start_date``, ``end_date``, ``service_request_id``, ``page``, ``page_size``
        :raises Open311Error: an argument makes no sense
        """
        readable = Domain("company_id", "=", company.id) & Domain(self._open311_readable(company, client))
        numbers = open311.split(query.get("service_request_id"))[: open311.MAX_IDS]
        if numbers:
            # as in requests, numbers override the rest
            told = Domain("feedback_id", "any", list(readable & Domain("number", "in", numbers)))
        else:
            since, until = open311.read_period(query.get("start_date"), query.get("end_date"), now)
            told = Domain("feedback_id", "any", list(readable))
            told &= Domain("date", ">=", since) & Domain("date", "<=", until)
        offset, limit = open311.read_page(query.get("page"), query.get("page_size"))
        rows = Domain(self._public_line_domain())
        if client:
            own = Domain("feedback_id", "any", [("api_key_id", "=", client.id)])
            rows |= own & Domain("kind", "in", ("event", "reporter")) & Domain("action", "in", OWN_ENDS)
        told &= Domain("company_id", "=", company.id) & rows
        # The request itself is no update of it.
        told &= Domain("action", "!=", "send")
        # sudo: the public holds no right on the rows; the domain leaves in what the board tells
        lines = self.env["kdc.feedback.message"].sudo().search(told, order="date, id", offset=offset, limit=limit)
        return lines.feedback_id._open311_told(lines, base_url)

    def _open311_told(self, wanted, base_url):
        """These rows as updates; as many queries for one as for a thousand.

        :param wanted: public rows of these feedbacks and those of OWN_ENDS, in the order of the answer
        """
        photos = self._public_photos().grouped("message_id")
        after = {}
        for lines in self._public_lines().values():
            after.update(zip(lines, states.told_along(lines.mapped("action")), strict=True))
        ends = wanted.filtered(lambda line: line.action in OWN_ENDS)
        after.update((line, states.told_along([line.action])[0]) for line in ends)
        return [line.feedback_id._open311_update(line, after[line], photos.get(line), base_url) for line in wanted]

    def _open311_update(self, line, state, photos, base_url):
        """One row as an update. What is empty is left out: FixMyStreet reads an empty element as something."""
        self.ensure_one()
        update = {
            "update_id": str(line.id),
            "service_request_id": self.number,
            "status": open311.status_of(state),
            "external_status_code": state,
            "updated_datetime": open311.write_date(line.date),
        }
        if self.state != states.ROUTED:
            update["description"] = self._open311_told_words(line)
        if photos and self.is_public:
            update["media_url"] = f"{base_url}/phan-anh/{self.number}/anh/{photos[0].id}/full"
        return update

    def _open311_told_words(self, line):
        """What a row says for everybody: the words of the ward, else what has happened."""
        words = self._public_body(line)
        if not words and line.deadline_after:
            words = f"{line.display_name}: {self._format_local(line.deadline_after)}"
        if not words and line.action == "transfer" and line.unit_id:
            words = f"{line.display_name}: {line.unit_id.name}"
        return words or line.display_name
