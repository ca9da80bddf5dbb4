from . import account_bank_statement_line, account_journal, account_move_line, ir_http, kdc_proof, kdc_transfer
