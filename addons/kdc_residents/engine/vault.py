"""Encryption of personal numbers and other short secrets, and their exact search without decryption.

A value is **sealed** with AES-256-GCM under a random nonce, so equal values look different in the database. To find one
all the same, its **blind index** is stored beside it: a keyed hash (HMAC-SHA256) that nobody without the key can
compute, nor compare with all possible numbers. Both keys are derived from one master key, which lives in the server's
configuration and never in the database: a stolen dump shows no number.

Several master keys may be known: the first one seals, the others still open what was sealed before a rotation.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_INDEX_BYTES = 18
_VERSION = "1"


class VaultError(Exception):
    """A value cannot be sealed or opened."""


class BadKey(VaultError):
    """What should be a key is none."""


class NoKey(VaultError):
    """No key is configured."""


class UnknownKey(VaultError):
    """The value was sealed with a key that is not known here."""


class Damaged(VaultError):
    """The value was changed, or belongs to another kind of field."""


def generate_key():
    """Return a new master key as text: 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def parse_keys(text):
    """Return the master keys in a text, which separates them by commas, spaces or lines.

    :raises BadKey: one of them is not 32 bytes in base64.
    """
    return [_decode_key(word) for word in re.split(r"[\s,;]+", text or "") if word]


def _decode_key(word):
    try:
        key = base64.b64decode(word.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        # The word itself stays out of the message: messages end up in logs.
        raise BadKey(f"A key is {KEY_BYTES} bytes in base64; one of the keys is not.")
    return key


def _derive(master, purpose):
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"kdc.vault.{purpose}".encode()).derive(master)


class _Key:
    """What one master key is used for."""

    def __init__(self, master):
        self.name = hashlib.sha256(_derive(master, "name")).hexdigest()[:8]
        self.cipher = AESGCM(_derive(master, "seal"))
        self.index_key = _derive(master, "index")


class Vault:
    """Seals and opens values.

    :param keys: master keys (bytes); the first one seals, all of them open.
    :raises NoKey: there is none.
    """

    def __init__(self, keys):
        if not keys:
            raise NoKey("There is no key for personal data.")
        self._keys = [_Key(key) for key in keys]
        self._by_name = {key.name: key for key in self._keys}

    @property
    def current_prefix(self):
        """How values start that were sealed with the current key."""
        return f"{_VERSION}.{self._keys[0].name}."

    def seal(self, value, kind):
        """Return ``value`` encrypted.

        :param kind: what it is, for example ``personal_number``; it opens as that kind only.
        """
        nonce = os.urandom(_NONCE_BYTES)
        secret = self._keys[0].cipher.encrypt(nonce, value.encode(), kind.encode())
        return self.current_prefix + base64.urlsafe_b64encode(nonce + secret).decode()

    def open(self, sealed, kind):
        """Return the value in the clear.

        :raises UnknownKey: it was sealed with another key.
        :raises Damaged: it was changed since, or is of another kind.
        """
        version, _dot, rest = sealed.partition(".")
        name, _dot, secret = rest.partition(".")
        if version != _VERSION or not secret:
            raise Damaged("This is no sealed value.")
        if name not in self._by_name:
            raise UnknownKey(f"The key {name} is not known here.")
        try:
            data = base64.b64decode(secret.encode(), altchars=b"-_", validate=True)
            return self._by_name[name].cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], kind.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Damaged("A sealed value was changed.") from error

    def index(self, value, kind):
        """Return the blind index of a value under the current key: 24 characters."""
        return self._index(self._keys[0], value, kind)

    def indexes(self, value, kind):
        """Return the blind index of a value under every known key, to search while a rotation is under way."""
        return [self._index(key, value, kind) for key in self._keys]

    @staticmethod
    def _index(key, value, kind):
        digest = hmac.digest(key.index_key, f"{kind}\0{value}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_INDEX_BYTES]).decode()
