"""Builds the services that the core's actions need from the settings and the adapters."""

import asyncio
from datetime import timedelta

from adapters.events import ChangeLog, DatabasePoller, Hub, PostgresListener
from adapters.files import StoredFiles
from adapters.logos import ProcessLogoPainter
from adapters.pdf import ReportlabRenderer
from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.sealing import PyhankoSealer, SigningKeyFile, TrustStore
from adapters.sealing.key import certificates_in
from adapters.secrets import KeyringSecrets
from adapters.smtp import SmtpSender
from adapters.sns import SnsBounceNotices
from adapters.webhook_signing import StandardWebhookSigner
from clinic.portal_access.stored_state import store_states
from clinic.values.metrics import Metrics, NoMetrics
from clinic.values.ports import Addresses, Clock, Events, Services, SystemClock
from clinic.work.changes import changes_after, changes_since, last_number
from runtime import loaded_later
from runtime.database.config import own_connection
from runtime.settings import Settings


def build_services(settings: Settings, metrics: Metrics | None = None) -> Services:
    """The services of one process. Opens no connection and starts no process. Without SMTP_URL, letters wait.

    Without `metrics` nothing is counted.
    """
    metrics = metrics or NoMetrics()
    clock = SystemClock()
    outgoing = loaded_later.outgoing(loopback=settings.reaches_this_machine)
    return Services(
        clock=clock,
        secrets=KeyringSecrets(settings.secret_keys),
        pdf=ReportlabRenderer(),
        mail=SmtpSender(settings.smtp_url) if settings.smtp_url else None,
        addresses=Addresses(
            api_url=settings.api_url, portal_url=settings.portal_url, mail_from=settings.sender_address
        ),
        files=StoredFiles.at(settings.files_url),
        reader=ProcessPdfReader(metrics=metrics),
        logos=ProcessLogoPainter(),
        sealer=build_sealer(settings),
        events=build_events(settings.session_database_url, clock),
        wait=asyncio.sleep,
        factors=loaded_later.second_factors(),
        store_states=store_states,
        metrics=metrics,
        letter_wait=timedelta(seconds=settings.document_letter_seconds),
        outgoing=outgoing,
        openid=loaded_later.openid(outgoing),
        program_keys=loaded_later.program_keys(outgoing),
        webhook_signer=StandardWebhookSigner(),
        local_pages=not settings.in_production,
        bounce_notices=SnsBounceNotices(settings.ses_topic, outgoing, clock),
    )


def build_sealer(settings: Settings) -> PyhankoSealer:
    """Only the sealer, for commands without a database."""
    seals, timestamps = settings.signing_trusted, settings.timestamp_trusted
    return PyhankoSealer(
        SigningKeyFile(settings.signing_pkcs12, settings.signing_password),
        TrustStore(
            seals=certificates_in(seals.read_bytes()) if seals else (),
            timestamps=certificates_in(timestamps.read_bytes()) if timestamps else (),
        ),
        timestamp_url=settings.timestamp_url,
    )


def build_events(database_url: str, clock: Clock) -> Events:
    """Changes made by all processes on this database. Opens no connection before the first subscriber.

    The address must reach the database past a connection pooler.
    """
    changes = ChangeLog(last=last_number, since=changes_since, after=changes_after)
    connection = own_connection(database_url)
    return Hub(DatabasePoller(changes) if connection is None else PostgresListener(connection, changes), clock)
