"""What `make quick` leaves out beside PostgreSQL, browsers, our own processes and campaigns: files that take long.

They seal, read or draw documents, migrate, race, build the package, or fill a practice. A test of a rule stays.
"""

from pathlib import Path

TESTS = Path(__file__).parent

LONG = frozenset(
    {
        "adapters/one_reading/test_one_reading.py",
        "adapters/one_reading/test_sealed_by_two_viewers.py",
        "adapters/test_certificate.py",
        "adapters/test_logos.py",
        "adapters/test_other_seals.py",
        "adapters/test_pdf_reading.py",
        "adapters/test_sandbox.py",
        "adapters/test_sealing.py",
        "adapters/test_sealing_key.py",
        "adapters/test_sealing_timestamps.py",
        "adapters/test_written_document.py",
        "api/test_documents_reading.py",
        "api/test_documents_staff.py",
        "api/test_live.py",
        "api/test_live_frames.py",
        "api/test_typescript_client.py",
        "api/test_uploads.py",
        "architecture/test_deploy_files.py",
        "architecture/test_release.py",
        "architecture/test_rooms.py",
        "clinic/documents/test_complete_for_good.py",
        "clinic/documents/test_create.py",
        "clinic/documents/test_letters.py",
        "clinic/documents/test_reading.py",
        "clinic/documents/test_recheck.py",
        "clinic/documents/test_sealed_for_real.py",
        "clinic/upkeep/test_vouching.py",
        "patient_portal/test_reading.py",
        "runtime/test_backup_command.py",
        "runtime/test_bounded_protocol.py",
        "runtime/test_database_migrations.py",
        "runtime/test_database_transactions.py",
        "runtime/test_demo_practice.py",
        "runtime/test_invitation_tokens_move.py",
        "runtime/test_macs_come_later.py",
        "runtime/test_staff_life_migration.py",
        "security/test_enumeration.py",
        "security/test_link_matrix.py",
        "security/test_signing_races.py",
        "security/test_throttles.py",
    }
)


def is_left_out(path: Path) -> bool:
    """The journeys are browsers and whole products, all of them."""
    if TESTS not in path.parents:
        return False
    inside = path.relative_to(TESTS).as_posix()
    return inside == "journeys" or inside in LONG
