"""The demo's generator without Odoo: these tests know whom the demo community holds, and make further files of it."""

import importlib
import importlib.util
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

_NAME = "kdc_demo_engine"

if _NAME not in sys.modules:
    _engine = Path(__file__).resolve().parents[2] / "addons" / "kdc_demo" / "engine"
    _spec = importlib.util.spec_from_file_location(
        _NAME, _engine / "__init__.py", submodule_search_locations=[str(_engine)]
    )
    sys.modules[_NAME] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_NAME])

drawing = importlib.import_module(f"{_NAME}.drawing")
samples = importlib.import_module(f"{_NAME}.samples")
Community = importlib.import_module(f"{_NAME}.community").Community


def today() -> date:
    """Return the day it is for the ward."""
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
