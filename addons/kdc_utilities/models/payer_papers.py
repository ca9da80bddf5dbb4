"""Which papers say who pays, or paid, for which account: the one query behind lists, books and returns."""

from odoo.tools import SQL


def papers(condition):
    """Return the SQL of every paper that says who paid, or was to pay, for an account: bills, receipts, transfers.

    :param condition: function of the SQL of a partner and an account: which papers are looked at
    """
    move, receipt, line = (
        condition(SQL.identifier(table, partner), SQL.identifier(table, account))
        for table, partner, account in (
            ("account_move", "partner_id", "kdc_account_id"), ("kdc_receipt", "partner_id", "account_id"),
            ("kdc_transfer_line", "payer_id", "account_id"),
        )
    )  # fmt: skip
    return SQL(
        """
        SELECT kdc_account_id AS account_id, partner_id, company_id, date FROM account_move
         WHERE kdc_account_id IS NOT NULL AND %s
        UNION ALL SELECT account_id, partner_id, company_id, date FROM kdc_receipt WHERE %s
        UNION ALL
        SELECT kdc_transfer_line.account_id, kdc_transfer_line.payer_id, kdc_transfer_line.company_id, transfer.date
          FROM kdc_transfer_line
          JOIN kdc_transfer transfer ON transfer.id = kdc_transfer_line.transfer_id
         WHERE kdc_transfer_line.payer_id IS NOT NULL AND kdc_transfer_line.account_id IS NOT NULL AND %s
        """,
        move, receipt, line,
    )  # fmt: skip


def last_account(contact, company):
    """Return the SQL of the account for which somebody who pays for none any more has paid last, maybe NULL.

    There stands what is left of their money: each đồng on one account, none on nobody's.

    :param contact: SQL of the commercial contact
    :param company: SQL of the ward
    """
    theirs = SQL("(SELECT one.id FROM res_partner one WHERE one.commercial_partner_id = %s)", contact)
    return SQL(
        """
        (SELECT paper.account_id FROM (%s) paper
          WHERE paper.company_id = %s
          ORDER BY paper.date DESC, paper.account_id DESC
          LIMIT 1)
        """,
        papers(lambda partner, _account: SQL("%s IN %s", partner, theirs)),
        company,
    )
