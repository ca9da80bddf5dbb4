from . import (
    kdc_bill_cancel,
    kdc_bill_correct,
    kdc_charge_import,
    kdc_collect,
    kdc_collect_cancel,
    kdc_meter_change,
    kdc_reading_anomaly_confirm,
    kdc_reading_entry,
    kdc_reading_import,
    kdc_reading_import_problem,
    kdc_tariff_trial,
)
