"""_open311.py CONFIG DATABASE STEP …: the ward's side of ``tests/deploy/test_open311.py``.

``key MORE`` lets a client send so many more in this hour, and gives how many it has stored and its key; ``finish NUMBER
WORDS`` handles a feedback; ``count`` tells how many the client has stored.
"""

import sys

from _inside import opened, result

CLIENT = "Ứng dụng của thử nghiệm"


def step(env, name, *arguments):
    clients = env["kdc.feedback.api.key"]
    client = clients.search([("name", "=", CLIENT)], limit=1)
    if name == "key":
        company = env["website"].search([], limit=1).company_id
        client = client or clients.create({"name": CLIENT, "company_id": company.id})
        stored = len(client.feedback_ids)
        client.hourly_limit = stored + int(arguments[0])
        return stored, client._make_key()
    if name == "count":
        return len(client.feedback_ids)
    number, words = arguments
    feedback = client.feedback_ids.filtered(lambda one: one.number == number)
    feedback._staff_receive()
    feedback._staff_finish(words)
    feedback._reporter_confirm()
    return feedback.state


with opened(*sys.argv[1:3]) as env:
    result(step(env, *sys.argv[3:]))
