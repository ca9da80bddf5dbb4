"""Many customer accounts and previews of their bills, made from a few of the demo by copying their rows."""

from dateutil.relativedelta import relativedelta

CLONE_PAYERS = """
    WITH n AS MATERIALIZED (
        SELECT i, nextval('res_partner_id_seq')::int AS partner FROM generate_series(1, %(count)s) i
    ), payers AS (
        INSERT INTO res_partner
        SELECT made.* FROM n, res_partner p, jsonb_populate_record(p, jsonb_build_object(
            'id', n.partner, 'name', 'Hộ số ' || i, 'complete_name', 'Hộ số ' || i, 'commercial_partner_id', n.partner,
            'commercial_company_name', 'Hộ số ' || i, 'customer_rank', 0
        )) made WHERE p.id = %(payer)s
    )
    INSERT INTO kdc_customer_account
    SELECT made.* FROM n, kdc_customer_account a, jsonb_populate_record(a, jsonb_build_object(
        'id', nextval('kdc_customer_account_id_seq'), 'partner_id', n.partner, 'household_id', NULL,
        'number', '9' || lpad(i::text, 7, '0')
    )) made WHERE a.id = %(account)s
    RETURNING id
"""
CLONE_LINES = """
    INSERT INTO kdc_billing_run_line
    SELECT made.*
      FROM unnest(%(accounts)s) WITH ORDINALITY a(id, place)
      JOIN unnest(%(models)s) WITH ORDINALITY m(id, place) ON m.place = a.place %% %(count)s + 1
      JOIN kdc_billing_run_line l ON l.id = m.id
     CROSS JOIN LATERAL jsonb_populate_record(l, jsonb_build_object(
        'id', nextval('kdc_billing_run_line_id_seq'), 'run_id', %(run)s, 'account_id', a.id, 'usage_key', NULL
    )) made
"""


def add_power(env, accounts, service, period) -> None:
    """Give accounts without electricity this third service, with readings of that month."""
    without = accounts.filtered(lambda account: service not in account.connection_ids.service_id)
    tariff = service.tariff_ids.filtered(lambda one: not any(one.version_ids.component_ids.mapped("zone")))[0]
    for number, account in enumerate(without):
        connection = env["kdc.connection"].create(
            {
                "account_id": account.id,
                "service_id": service.id,
                "tariff_id": tariff.id,
                "date_from": period - relativedelta(months=2),
            }
        )
        meter = env["kdc.meter"].create({"serial": f"BENCH-{number}", "connection_id": connection.id})
        for months, value in ((0, 100), (1, 250 + 10 * number)):
            env["kdc.meter.reading"]._record(meter, period + relativedelta(months=months, days=-1), value, "officer")


def many_accounts(env, model, count) -> list[int]:
    """Ids of that many customer accounts like the model, each with a payer of its own."""
    values = {"count": count, "payer": model.partner_id.id, "account": model.id}
    env.cr.execute(CLONE_PAYERS, values)
    accounts = [row[0] for row in env.cr.fetchall()]
    env.cr.execute("ANALYZE res_partner, kdc_customer_account")
    return accounts


def many_lines(env, company, period, accounts, models):
    """Previews of a run of its own for these accounts, with the explanations of the model lines."""
    run = env["kdc.billing.run"].create(
        {"company_id": company.id, "period": period, "invoice_date": period + relativedelta(months=1, day=5)}
    )
    env.flush_all()
    env.cr.execute(CLONE_LINES, {"run": run.id, "accounts": accounts, "models": models.ids, "count": len(models)})
    env.cr.execute("ANALYZE kdc_billing_run_line")
    env.invalidate_all()
    return run.line_ids.sudo()


#: Tables with rows of one account → their columns that point into these tables.
CONNECTED = {
    "kdc_connection": (),
    "kdc_meter": ("connection_id",),
    "kdc_meter_reading": ("connection_id", "meter_id", "previous_id"),
}


def connect_many(env, model, accounts) -> None:
    """Give accounts the connections, meters and readings of the model, by rows whose ids are shifted for each."""
    env.flush_all()
    env.cr.execute(
        "SELECT greatest((SELECT max(id) FROM kdc_connection), (SELECT max(id) FROM kdc_meter),"
        " (SELECT max(id) FROM kdc_meter_reading))"
    )
    step = env.cr.fetchone()[0]
    for table, columns in CONNECTED.items():
        own = "".join(f", '{column}', r.{column} + %(step)s * a.place" for column in columns)
        if table == "kdc_connection":
            own += ", 'persons', greatest(r.persons, 4)"
        elif table == "kdc_meter":
            own += ", 'serial', r.serial || '-' || a.place"
        env.cr.execute(
            # A row's function is called once for all its columns only where it stands in FROM.
            f"INSERT INTO {table} SELECT made.* FROM {table} r, unnest(%(accounts)s) WITH ORDINALITY a(id, place),"
            f" jsonb_populate_record(r, jsonb_build_object("
            f"'id', r.id + %(step)s * a.place, 'account_id', a.id{own})) made WHERE r.account_id = %(model)s",
            {"step": step, "model": model.id, "accounts": accounts},
        )
        env.cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()


class Month:
    """What there is to bill: previews of twenty accounts with three services, computed as ever, and many accounts.

    :param count: how many accounts, each with a payer of its own
    """

    def __init__(self, env, count) -> None:
        company = env.company
        self.period = min(env["kdc.billing.run"].search([("company_id", "=", company.id)]).mapped("period"))
        self.period -= relativedelta(months=1)
        billed = env["kdc.billing.run.line"].search([("company_id", "=", company.id), ("move_id", "!=", False)])
        accounts = billed.account_id[:20]
        power = env["kdc.service"].search([("company_id", "=", company.id), ("code", "=", "DIEN")])
        add_power(env, accounts, power, self.period)
        # In this process, not in the background.
        runs = env["kdc.billing.run"].with_context(queue_job__no_delay=True)
        run = runs.create({"company_id": company.id, "period": self.period})
        run.action_compute()
        self.run = run
        self.models = run.line_ids.filtered(lambda line: line.account_id in accounts and line.state == "ready")
        assert self.models, f"None of the accounts can be billed: {run.line_ids.mapped('issue_text')}"
        self.accounts = many_accounts(env, self.models[0].account_id, count)

    def compute(self, env, clock) -> tuple[float, int]:
        """Seconds of the dry run of all the accounts, and how many bills it computes."""
        connect_many(env, self.models[0].account_id, self.accounts)
        self.run.action_draft()
        seconds = clock.timed(self.run.action_compute)
        env.cr.commit()
        return seconds, len(self.run.line_ids.filtered(lambda line: line.state == "ready"))

    def lines(self, env, count):
        """Previews for so many accounts of the month before the last one."""
        self.period -= relativedelta(months=1)
        return many_lines(env, env.company, self.period, self.accounts[:count], self.models)
