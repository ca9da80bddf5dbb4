-- a copy of the database must not take money
UPDATE payment_provider
   SET kdc_vnpay_shop = NULL,
       kdc_vnpay_secret = NULL,
       kdc_payos_client = NULL,
       kdc_payos_api_key = NULL,
       kdc_payos_checksum_key = NULL;
