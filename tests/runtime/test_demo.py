"""The demo, as a newcomer meets it: one command, every door open, a clean end, nothing lost between starts."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from adapters.secrets import KeyringSecrets, new_key
from clinic.mail.models import Letter, LetterStatus
from clinic.organizations.models import Organization
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.status import PortalState, decide
from clinic.ports import Addresses, Clock, Services
from clinic.records.models import Appointment, Contact, Relationship
from clinic.staff.models import StaffMember
from runtime.demo.page import page
from runtime.demo.people import PASSWORD, PRACTICES
from runtime.demo.ports import Ports, choose_ports, is_free
from runtime.demo.practice import seed_demo
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.clock import FixedClock

STATES = {
    "Nora Gray": PortalState.NO_EMAIL,
    "Omar Reyes": PortalState.NO_ACCOUNT,
    "Ines Novak": PortalState.INVITED,
    "Ana Santos": PortalState.ACCOUNT_NOT_LINKED,
    "Leo Park": PortalState.LINKED,
    "Mia Park": PortalState.EMAIL_CONFLICT,
}
PARTS = {"mail-catcher", "api", "portal", "worker"}
