from . import (
    account_move,
    account_move_send,
    kdc_bill_cancellation,
    kdc_billing_run_line,
    kdc_customer_account,
    kdc_einvoice,
    kdc_resident,
    queue_job,
    res_company,
)
