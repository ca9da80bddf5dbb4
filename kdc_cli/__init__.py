"""The launcher behind ``./kdc``. Standard library only: it runs before anything is installed."""
