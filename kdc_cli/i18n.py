"""``./kdc i18n``: refresh the .pot and vi.po files of our addons and report what is not translated."""

from . import templates
from .console import say, step
from .odoo_process import Runtime
from .paths import ADDONS

DATABASE = "kdc_i18n"


def run(runtime: Runtime) -> int:
    """Export the terms of every addon, merge them into its files; 1 when a term has no translation."""
    names = [*templates.manifests(), *templates.manifests(apart=True)]
    template = templates.ensure_apart(runtime)
    runtime.databases.drop(DATABASE)
    runtime.databases.create(DATABASE, template)
    try:
        with step("Reading the terms of the addons"):
            report = runtime.script("export_terms", DATABASE, [str(ADDONS), *names])
    finally:
        runtime.databases.drop(DATABASE)
    for name, (terms, missing) in report.items():
        say(f" {'✗' if missing else '✓'} {name}: {terms} terms, {len(missing)} untranslated")
        for term in missing:
            say(f"     {term}")
    return int(any(missing for _terms, missing in report.values()))
