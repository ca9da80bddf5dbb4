from . import feedback, portal_report
