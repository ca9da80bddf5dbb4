"""The vault of this server: its keys come from the configuration, never from the database.

Section ``[kdc]`` of Odoo's configuration file, option ``personal_data_keys`` (the first key seals, the others still
open), or the environment variable ``KDC_PERSONAL_DATA_KEYS``, which goes first.
"""

import functools
import logging
import os
from configparser import ConfigParser
from configparser import Error as ConfigError

from odoo.exceptions import UserError
from odoo.tools import config

from ..engine import vault as engine

_logger = logging.getLogger(__name__)

SECTION, OPTION, VARIABLE = "kdc", "personal_data_keys", "KDC_PERSONAL_DATA_KEYS"
NUMBER = "personal_number"


@functools.cache
def _configured(path, environment):
    """Return the vault of a configuration file and an environment value; read once per process."""
    text = environment
    if not text:
        parser = ConfigParser(interpolation=None)
        parser.read(path or [])
        text = parser.get(SECTION, OPTION, fallback="")
    return engine.Vault(engine.parse_keys(text))


def vault():
    """Return the vault.

    :raises VaultError: no key is configured, or a key is none.
    """
    try:
        return _configured(config["config"], os.environ.get(VARIABLE, ""))
    except ConfigError as error:
        raise engine.BadKey("The configuration file cannot be read.") from error


def vault_or_refuse(env):
    """Return the vault for someone who is about to store or find a number.

    :raises UserError: without a key nothing personal is stored; the message says what the administrator does.
    """
    try:
        return vault()
    except engine.VaultError as error:
        raise UserError(
            env._(
                "Personal numbers cannot be stored or searched: this server has no valid key for personal data. "
                "The administrator puts one into the configuration file, section [kdc], personal_data_keys. "
                "Everything else can be saved without the number."
            )
        ) from error


def opened(sealed, kind=NUMBER):
    """Return a sealed value in the clear, or ``None`` when this server cannot open it (said in the log)."""
    try:
        return vault().open(sealed, kind)
    except engine.VaultError as error:
        _logger.error("A sealed %s cannot be opened: %s", kind, error)
        return None
