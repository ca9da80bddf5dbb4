from . import kdc_demo
from . import kdc_demo_time
from . import kdc_demo_wards
from . import kdc_demo_registry
from . import kdc_demo_people
from . import kdc_demo_fees
from . import kdc_demo_market
from . import kdc_demo_feedback
