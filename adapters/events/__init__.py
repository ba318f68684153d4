"""The port `Events`: one listener per process hears of changes and tells whoever subscribed."""

from adapters.events.hub import ChangeLog, Hub
from adapters.events.notified import Notified
from adapters.events.polled import Polled

__all__ = ["ChangeLog", "Hub", "Notified", "Polled"]
