"""What of somebody's words must not become part of a mail."""

import re

from odoo.addons.mail.tests.common import MailCase

#: As a name or a subject: markup, and lines that would be headers of a mail.
EVIL = "<img src=x onerror=alert(1)>Mai\r\nBcc: victim@evil.example\r\n\r\n<script>alert(1)</script>"
#: Markup that came through; in what was escaped there is no such tag.
_LIVE = re.compile(r"<script|<img[^>]*onerror", re.IGNORECASE)


class EvilMailCase(MailCase):
    """Mails that Odoo sends to the staff about records whose words somebody else chose."""

    def assert_mails_harmless(self, allowed):
        """The mails that were sent hold no markup and no header of the sender of ``EVIL``.

        :param allowed: addresses that may get one
        """
        self.assertTrue(self._mails, "nothing was sent, so nothing was looked at")
        for mail in self._mails:
            message = mail["EmailMessage"]
            self.assertFalse(message["Bcc"])
            self.assertNotIn("\n", message["Subject"])
            for name in ("To", "Cc"):
                for address in re.findall(r"[\w.+-]+@[\w.-]+", str(message[name] or "")):
                    self.assertIn(address, allowed)
            self.assertNotRegex(mail["body"], _LIVE)
