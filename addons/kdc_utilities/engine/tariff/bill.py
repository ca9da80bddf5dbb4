"""All services of one bill, and how it travels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .layout import jsonable, read_section, read_true_up, section_dict
from .section import Section, TrueUp

if TYPE_CHECKING:
    from .pricing import Priced

#: Version of the dictionary layout stored on bills; raise it when a reader must know the difference.
SCHEMA = 2


@dataclass(frozen=True, slots=True)
class Bill:
    """All services of one bill.

    :ivar pending: names of the services that were used and not measured; the next bill counts them.
    """

    sections: tuple[Section, ...]
    pending: tuple[str, ...] = ()
    true_ups: tuple[TrueUp, ...] = ()

    @property
    def net(self) -> int:
        return sum(section.net for section in self.sections)

    @property
    def vat(self) -> int:
        return sum(section.vat for section in self.sections)

    @property
    def total(self) -> int:
        return self.net + self.vat

    def to_dict(self, priced: "Priced | None" = None) -> dict:
        """Return plain JSON: money as integers, quantities as strings, dates as ISO text.

        :param priced: knows the charges that many bills have in common
        """
        as_dicts = priced.charges_dict if priced else jsonable
        sections = [section_dict(section, as_dicts(section.charges)) for section in self.sections]
        net, vat = (sum(section[name] for section in sections) for name in ("net", "vat"))
        data = {"schema": SCHEMA, "net": net, "vat": vat, "total": net + vat, "sections": sections}
        if self.pending:
            data["pending"] = list(self.pending)
        if self.true_ups:
            data["true_ups"] = jsonable(self.true_ups)
        return data

    @classmethod
    def from_dict(cls, data: dict) -> "Bill":
        """Inverse of :meth:`to_dict`."""
        return cls(
            tuple(read_section(section) for section in data["sections"]),
            tuple(data.get("pending", ())),
            tuple(read_true_up(true_up) for true_up in data.get("true_ups", ())),
        )
