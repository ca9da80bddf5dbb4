from . import kdc_gateway_payment_decide, kdc_transfer_payout
