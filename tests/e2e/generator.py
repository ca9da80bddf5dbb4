"""Our engines without Odoo: these tests know whom the demo community holds, make further files of it, read amounts."""

import importlib
import importlib.util
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def _engine(addon: str) -> str:
    """Load the engine of an addon, unless it is there, and return its name."""
    name = f"{addon}_engine"
    if name not in sys.modules:
        folder = Path(__file__).resolve().parents[2] / "addons" / addon / "engine"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return name


_DEMO = _engine("kdc_demo")
drawing = importlib.import_module(f"{_DEMO}.drawing")
samples = importlib.import_module(f"{_DEMO}.samples")
Community = importlib.import_module(f"{_DEMO}.community").Community
amount_in_words = importlib.import_module(f"{_engine('kdc_utilities')}.words").amount_in_words


def today() -> date:
    """Return the day it is for the ward."""
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
