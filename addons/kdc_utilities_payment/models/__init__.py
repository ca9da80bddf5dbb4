from . import (
    kdc_fee_movement,
    kdc_gateway_payment,
    kdc_home,
    kdc_proof,
    kdc_receipt,
    kdc_transfer,
    payment_provider,
    payment_transaction,
)
