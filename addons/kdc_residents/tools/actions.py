"""What buttons return to the web client: a record as a form, a dialogue that asks something first, a file."""


def form_of(record, title=None, **more):
    """Return the action that shows ``record`` as a form; an empty recordset: the form of a new one.

    :param title: in the reader's language; without one the client shows the name of the record
    :param more: further keys of the action, for instance ``target="new"`` for a dialogue
    """
    action = {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "view_mode": "form",
        "views": [(False, "form")],
    }
    return action | ({"name": title} if title else {}) | more


def dialogue(model, title, **defaults):
    """Return the action that opens an empty form of ``model``, nearly always a wizard, as a dialogue.

    :param defaults: values that stand in it, by the names of its fields
    """
    return {
        "type": "ir.actions.act_window",
        "name": title,
        "res_model": model,
        "view_mode": "form",
        "views": [(False, "form")],
        "target": "new",
        "context": {f"default_{field}": value for field, value in defaults.items()},
    }


def download(record, field="file", name_field="file_name"):
    """Return the action that saves the file in ``field`` under the name that stands in ``name_field``."""
    return {
        "type": "ir.actions.act_url",
        "url": f"/web/content/{record._name}/{record.id}/{field}?download=true&filename_field={name_field}",
        "target": "download",
    }
