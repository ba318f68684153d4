"""Implements the port `Events`: one listener per process receives changes and passes them to the subscribers."""

from adapters.events.hub import ChangeLog, Hub
from adapters.events.polling import DatabasePoller
from adapters.events.postgres import PostgresListener

__all__ = ["ChangeLog", "DatabasePoller", "Hub", "PostgresListener"]
