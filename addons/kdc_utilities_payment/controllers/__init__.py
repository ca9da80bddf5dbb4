from . import online_payment
