from . import kdc_archive
