"""assets.py CONFIG DATABASE: build the style sheets and scripts now, so that nobody's first page has to wait."""

import sys

from _inside import opened

with opened(*sys.argv[1:3]) as env:
    env["ir.qweb"].with_context(lang="vi_VN")._pregenerate_assets_bundles()
