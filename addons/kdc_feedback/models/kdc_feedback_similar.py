from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import nearby
from .kdc_feedback_following import SHARED

#: So many are offered: who has to read more sends a second report instead.
MOST_OFFERED = 5


class KdcFeedback(models.Model):
    """Open feedback on the same matter nearby, offered before a second one is sent and to whoever joins duplicates.

    Nearby is within the radius of the category around the point of the place; where one of the two has no point,
    in the same residential group.
    """

    _inherit = "kdc.feedback"

    similar_count = fields.Integer(string="Similar ones nearby", compute="_compute_similar_count")

    _similar_point_idx = models.Index("(category_id, latitude, longitude) WHERE is_open IS TRUE")
    _similar_area_idx = models.Index("(category_id, area_id) WHERE is_open IS TRUE")

    def _compute_similar_count(self):
        for feedback in self:
            feedback.similar_count = len(feedback._similar_to_this()) if feedback.is_open else 0

    def _point(self):
        """(latitude, longitude) of the place, or None."""
        return (self.latitude, self.longitude) if self.latitude and self.longitude else None

    @api.model
    def _similar(self, company, category, point=None, area=None, extra=None, limit=MOST_OFFERED, homes=True):
        """Open feedback of a category near a point or in an area, nearest first.

        :param point: (latitude, longitude) or None
        :param area: ``kdc.area`` of the place, possibly empty
        :param extra: what else must hold of them, as :class:`Domain`
        :param homes: whether matters at somebody's home are found by their point, else only by their area
        :returns: list of ``(feedback, metres)``; metres is None where one of the two has no point
        """
        radius = category.similar_radius
        if not category or not radius:
            return []
        domain = Domain("company_id", "=", company.id) & Domain("category_id", "=", category.id)
        domain &= Domain("is_open", "=", True) & (extra or Domain.TRUE)
        found, pointless = [], Domain("latitude", "in", (0, False))
        if not homes:
            pointless |= Domain("dwelling_id", "!=", False)
        if point:
            box = nearby.box_around(*point, radius)
            in_box = Domain("latitude", ">=", box.south) & Domain("latitude", "<=", box.north)
            in_box &= Domain("longitude", ">=", box.west) & Domain("longitude", "<=", box.east)
            in_box &= Domain.TRUE if homes else Domain("dwelling_id", "=", False)
            near = [(one, nearby.distance(point, one._point())) for one in self.search(domain & in_box, limit=100)]
            found = sorted((pair for pair in near if pair[1] <= radius), key=lambda pair: pair[1])
        if area and len(found) < limit:
            same_area = Domain("area_id", "=", area.id)
            if point:
                same_area &= pointless
            found += [(one, None) for one in self.search(domain & same_area, order="id desc", limit=limit)]
        return found[:limit]

    def _similar_to_this(self, limit=20):
        """What is similar to this feedback, for whoever may read it."""
        self.ensure_one()
        pairs = self._similar(
            self.company_id, self.category_id, self._point(), self.area_id, Domain("id", "!=", self._origin.id), limit
        )
        return self.browse(feedback.id for feedback, _metres in pairs)

    def action_open_similar(self):
        """Show this feedback and what is similar, to join them."""
        self.ensure_one()
        domain = [("id", "in", (self | self._similar_to_this()).ids)]
        action = self.env["ir.actions.act_window"]._for_xml_id("kdc_feedback.kdc_feedback_action")
        action.update(name=self.env._("Similar ones nearby"), domain=domain, context={}, path=False)
        return action

    @api.model
    def _offered(self, company, category, point, area):
        """What a resident about to send is shown, as plain values; only what may be shared, never a home address.

        The words of a feedback are shown once they stand on the board, with what the board takes out of them.
        """
        # sudo: residents hold no right on feedback; these few values are for everybody of the ward
        # A home is not found by its point: by trying points one after the other its address would be found.
        pairs = self.sudo()._similar(company, category, point, area, SHARED, homes=False)
        return [
            {
                "id": feedback.id,
                "title": feedback._public_subject(),
                "place": feedback._offered_place(),
                "area": feedback.area_id.name or "",
                # as above
                "metres": round(metres, -1) if metres is not None and not feedback.dwelling_id else None,
                "submitted_at": feedback.submitted_at,
                "promised": feedback.handling_deadline,
                "followers": feedback.follower_count,
            }
            for feedback, metres in pairs
        ]
