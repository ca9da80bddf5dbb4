from odoo import models


class WebsiteSnippetFilter(models.Model):
    """What a browser asks the blocks of a page for, goods for instance, also without login.

    Odoo looks it up with all rights: one record of whatever model the browser names, and lists by the browser's own
    words of search. Here the reader's rights decide, on what is shown and on what may be searched by.
    """

    _inherit = "website.snippet.filter"

    def _prepare_values(self, limit=None, search_domain=None, **options):
        if (options.get("res_model") or self._name) not in self.env:
            return []
        if search_domain and self.action_server_id:
            search_domain = self._kdc_searched_by_reader(search_domain)
        return super()._prepare_values(limit=limit, search_domain=search_domain, **options)

    def _kdc_searched_by_reader(self, search_domain):
        """Return a search that tells no more than the reader's own would: the action behind it runs with all rights.

        :param list search_domain: from the browser; a word in it that is no condition is an option of the block
        """
        conditions = [part for part in search_domain if part != "hide_variants"]
        options = [part for part in search_domain if part == "hide_variants"]
        found = self.env[self.model_name].sudo(False)._search(conditions)
        return [*options, ("id", "in", found)]

    def _filter_records_to_values(self, records, **options):
        if isinstance(records, models.BaseModel) and not options.get("is_sample"):
            # Odoo reads them with all rights, once it is known that the reader may see them.
            records = records.sudo(False)._filtered_access("read").with_env(records.env)
        return super()._filter_records_to_values(records, **options)
