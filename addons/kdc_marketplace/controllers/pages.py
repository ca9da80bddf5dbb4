"""Long lists: found by words, in pages, with a link to the older ones."""

from urllib.parse import urlencode

from odoo.addons.kdc_residents.engine.text import fold
from odoo.fields import Domain
from odoo.tools.sql import escape_psql

from .basket import whole_number

MAX_PAGE = 10**6
MAX_SEARCH = 60


def typed_search(text):
    """Return the words of a search field, as its page shows them again."""
    return " ".join(text.replace("\0", " ").split())[:MAX_SEARCH]


def words_domain(fname, search):
    """Return the domain of records whose folded key holds each of the words, typed with diacritics or without."""
    return Domain.AND(Domain(fname, "ilike", escape_psql(word)) for word in fold(search).split())


def address(url, **kept):
    """Return an address with those filters that are set."""
    kept = {name: value for name, value in kept.items() if value}
    return f"{url}?{urlencode(kept)}" if kept else url


def one_page(records, domain, page, size, url, order=None):
    """Return one page of what is found, and the address of the next one.

    :param records: recordset to search in, with the rights the caller has decided about
    :param str page: number of the page as it came in the address, from 1
    :param str url: address of the list, to which ``page`` is added
    :return: (records of the page, address of the older ones or ``None``)
    """
    number = max(whole_number(page, 1, MAX_PAGE), 1)
    found = records.search(domain, order=order, offset=(number - 1) * size, limit=size + 1)
    separator = "&" if "?" in url else "?"
    return found[:size], f"{url}{separator}page={number + 1}" if len(found) > size else None
