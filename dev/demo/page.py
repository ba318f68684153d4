"""The text that the demo prints: its addresses and the accounts to sign in with."""

from pathlib import Path

from dev.demo.people import EVERY_PERMISSION, HARBOR_HOUSE, PASSWORD, WILLOW_CREEK, Practice
from dev.demo.ports import HOST, Ports

_RULE = "-" * 78

# One contact for each state of the portal icon (product §2).
_STATES = (
    ("Nora Gray", "NO_EMAIL", "has no address"),
    ("Omar Reyes", "NO_ACCOUNT", "begin here: create his portal account"),
    ("Ines Novak", "INVITED", "her letter has arrived"),
    ("Ana Santos", "ACCOUNT_NOT_LINKED", "registered by herself"),
    ("Leo Park", "LINKED", "father of Mia; has documents to read and sign"),
    ("Mia Park", "EMAIL_CONFLICT", "shares her father's address"),
)


def page(ports: Ports, folder: Path) -> str:
    """Plain text of at most 80 columns."""
    places = (
        ("Staff screen", f"http://{HOST}:{ports.api}/staff/   organization: {WILLOW_CREEK.organization.slug}"),
        ("Patient portal", f"http://{HOST}:{ports.portal}/{WILLOW_CREEK.organization.slug}/"),
        ("Letters", f"http://{HOST}:{ports.letters}/   every letter lands here, none leaves"),
        ("Try the API", f"http://{HOST}:{ports.api}/console/"),
        ("Staff API", f"http://{HOST}:{ports.api}/graphql"),
        ("Other practice", f"http://{HOST}:{ports.portal}/{HARBOR_HOUSE.organization.slug}/"),
    )
    lines = [
        "",
        _RULE,
        "  Vestibule is open: Willow Creek Counseling, the demo practice",
        _RULE,
        "",
        *(f"  {name:<16}{address}" for name, address in places),
        "",
        f"  One password for everybody:  {PASSWORD}",
        "",
        *_sign_ins(WILLOW_CREEK),
        f"  {'leo.park@example.com':<34}patient, at the portal",
        "",
        *(f"  {name:<13}{state:<20}{remark}" for name, state, remark in _STATES),
        "",
        f"  Logs: {folder}/logs     Start over: make demo-reset     End: Ctrl-C",
        _RULE,
    ]
    return "\n".join(lines)


def _sign_ins(practice: Practice) -> list[str]:
    lines: list[str] = []
    for worker in practice.staff:
        if worker.clinician:
            continue
        names = sorted(permission.value for permission in worker.permissions)
        may = "every permission" if worker.permissions == EVERY_PERMISSION else ", ".join(names) or "no permission"
        lines.append(f"  {worker.email:<34}{may}")
    return lines
