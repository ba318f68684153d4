"""A practice of any size, made up row by row: the same records for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from uuid import UUID

from clinic.values.phones import reversed_digits
from clinic.values.text import search_key

Row = tuple[object, ...]

APPOINTMENTS_A_DAY = 200
# Days before and after today that the calendar covers.
CALENDAR = range(-14, 46)

# How many of a hundred contacts are in each state, as at a practice that has had its portal for some years.
SHARES = {"NO_EMAIL": 10, "NO_ACCOUNT": 33, "INVITED": 12, "ACCOUNT_NOT_LINKED": 4, "LINKED": 37, "EMAIL_CONFLICT": 4}
# Of a hundred contacts with an address, so many have a second one.
SECOND_ADDRESS = 30
FORMER_LINK = 3

# Names are put together from these: some two hundred given names, and family names that few share.
_GIVEN = ["Ada", "Ben", "Chloé", "Dan", "Eva", "Finn", "Hugo", "Iris", "Jon", "Kira", "Mona", "Noah", "Rosa", "Sven"]
_GIVEN_ENDINGS = ["", "lena", "lin", "mar", "mira", "na", "ric", "rick", "sa", "ta", "thea", "ton", "win", "ya"]
_STEMS = ["Ad", "Bro", "Cru", "Dí", "Ew", "Fro", "Gup", "Ha", "It", "Ju", "Kle", "Lo", "Mo", "Na", "Or", "Pa", "Re"]
_ENDINGS = ["ler", "oks", "zar", "az", "ing", "sten", "ta", "le", "oto", "ng", "in", "pez", "shi", "tiz", "rk", "nce"]

# Parents before children. Columns with a default or null everywhere are left out.
COLUMNS = {
    "contact": "id organization_id kind given_name family_name given_key family_key sort_key date_of_birth language "
    "pin_encrypted pin_hash created_at updated_at",
    "contact_email": "id organization_id contact_id position address address_normal",
    "contact_phone": "id organization_id contact_id position number reversed_digits",
    "portal_account": "id organization_id email email_normal language password_hash created_at registered_at "
    "email_verified_at last_signed_in_at disabled_reason",
    "portal_link": "id organization_id account_id contact_id email linked_at linked_how identity_confirmed_at "
    "unlinked_at unlink_reason",
    "invitation": "id organization_id account_id contact_id sender sender_name language created_at "
    "expires_at closed_at closed_why",
    "letter": "id organization_id kind to_address invitation_id token_hash message_id status attempts created_at "
    "next_attempt_at claimed_by sent_at failed_at failure",
    "appointment": "id organization_id contact_id facility_id starts_at ends_at",
}


@dataclass(frozen=True)
class Ground:
    """What the records stand on: made before by the product's own actions. `pin_encrypted` serves everybody."""

    organization_id: UUID
    facility_ids: tuple[UUID, ...]
    pin_encrypted: str
    now: datetime


@dataclass
class Records:
    """Rows by table, in the order of `COLUMNS`."""

    ground: Ground
    seed: int = 2026
    # Of the first made-up number. Another practice in the same database needs others.
    first_number: int = 1
    tables: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._numbers = count(self.first_number)
        self._contact_ids: list[UUID] = []
        self._linked_addresses: list[str] = []

    @classmethod
    def made_up(cls, ground: Ground, contacts: int, seed: int = 2026) -> "Records":
        """So many contacts with all that hangs on them, and a calendar around `ground.now`."""
        return cls(ground, seed).filled(contacts)

    def filled(self, contacts: int) -> "Records":
        """The same records, after so many contacts and a calendar were added."""
        for state in self._random.choices(list(SHARES), list(SHARES.values()), k=contacts):
            self._contact(state)
        self._calendar()
        return self

    def in_parts(self, contacts: int, part: int) -> Iterator[dict[str, list[Row]]]:
        """The rows of so many contacts, a part at a time, then the calendar. None is kept, so there may be millions."""
        for start in range(0, contacts, part):
            for state in self._random.choices(list(SHARES), list(SHARES.values()), k=min(part, contacts - start)):
                self._contact(state)
            yield self._taken()
        self._calendar()
        yield self._taken()

    @property
    def contact_ids(self) -> list[UUID]:
        """Everybody who was made up so far."""
        return self._contact_ids

    def _taken(self) -> dict[str, list[Row]]:
        taken, self.tables = self.tables, {table: [] for table in COLUMNS}
        return taken

    def _add(self, table: str, *values: object) -> UUID:
        key = self._id()
        self.tables[table].append((key, self.ground.organization_id, *values))
        return key

    def _id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _before(self, days: int) -> datetime:
        """A moment within so many days before now."""
        return self.ground.now - timedelta(seconds=self._random.randint(1, days * 86_400))

    def _contact(self, state: str) -> None:
        pick, number, added = self._random, next(self._numbers), self._before(2_000)
        given = pick.choice(_GIVEN) + pick.choice(_GIVEN_ENDINGS)
        family = pick.choice(_STEMS) + pick.choice(_ENDINGS) + pick.choice(_ENDINGS)
        given_key, family_key = search_key(given), search_key(family)
        born = date(1935, 1, 1) + timedelta(days=pick.randint(0, 31_000))
        contact_id = self._add(
            "contact",
            *("CLIENT", given, family, given_key, family_key, f"{family_key}\t{given_key}", born, "en"),
            *(self.ground.pin_encrypted, f"{number:064x}", added, added),
        )
        self._contact_ids.append(contact_id)
        phone = f"208 {number:07}"
        self._add("contact_phone", contact_id, 0, phone, reversed_digits(phone))
        if state == "NO_EMAIL":
            return
        address = f"{given_key}.{family_key}.{number}@example.com"
        if state == "EMAIL_CONFLICT" and self._linked_addresses:
            address = pick.choice(self._linked_addresses)
        self._add("contact_email", contact_id, 0, address, address)
        if pick.randint(1, 100) <= SECOND_ADDRESS:
            second = f"{family_key}.{number}@home.example"
            self._add("contact_email", contact_id, 1, second, second)
        self._door(state, contact_id, address)

    def _door(self, state: str, contact_id: UUID, address: str) -> None:
        """What stands between the contact and the portal."""
        if state == "INVITED":
            account_id = self._account(address, None)
            self._link(account_id, contact_id, address, self._before(9), live=True)
            self._invitation(account_id, contact_id, address, self._before(9), None)
        elif state == "ACCOUNT_NOT_LINKED":
            account_id = self._account(address, self._before(900))
            if self._random.randint(1, 4) == 1:
                self._link(account_id, contact_id, address, self._before(900), live=False)
        elif state == "LINKED":
            registered_at = self._before(1_500)
            account_id = self._account(address, registered_at)
            invited_at = registered_at - timedelta(days=2)
            self._invitation(account_id, contact_id, address, invited_at, registered_at)
            if self._random.randint(1, 100) <= FORMER_LINK:
                self._link(account_id, contact_id, address, invited_at, live=False)
            self._link(account_id, contact_id, address, invited_at, live=True)
            self._linked_addresses.append(address)

    def _account(self, address: str, registered_at: datetime | None) -> UUID:
        password_hash = "no hash, nobody signs in" if registered_at else None
        signed_in = self._before(60) if registered_at else None
        created_at = registered_at or self.ground.now
        return self._add(
            "portal_account",
            *(address, address, "en", password_hash, created_at, registered_at, registered_at, signed_in, ""),
        )

    def _link(self, account_id: UUID, contact_id: UUID, address: str, at: datetime, *, live: bool) -> None:
        ended = (None, "") if live else (at + timedelta(days=1), "Another person's address.")
        self._add("portal_link", account_id, contact_id, address, at, "INVITATION", at if live else None, *ended)

    def _invitation(
        self, account_id: UUID, contact_id: UUID, address: str, at: datetime, used_at: datetime | None
    ) -> None:
        number = next(self._numbers)
        invitation_id = self._add(
            "invitation",
            *(account_id, contact_id, "AUTOMATIC", "Alder Clinic", "en", at),
            *(at + timedelta(days=10), used_at, "USED" if used_at else None),
        )
        status = "SENT" if used_at else self._random.choices(("SENT", "QUEUED", "BOUNCED"), (90, 5, 5))[0]
        sent_at = at if status == "SENT" else None
        failed_at, failure = (at, "550 no such mailbox") if status == "BOUNCED" else (None, "")
        # What waits is not due while anything is measured: no worker shall take it along.
        due_at = self.ground.now + timedelta(days=1)
        self._add(
            "letter",
            *("portal_invitation", address, invitation_id, f"{number:064x}", f"<{number}@portal.example>", status),
            *(1, at, due_at, ""),
            *(sent_at, failed_at, failure),
        )

    def _calendar(self) -> None:
        """Every day from eight to five, in steps of a quarter of an hour, several people at once."""
        midnight = datetime.combine(self.ground.now.date(), time(), self.ground.now.tzinfo)
        for day in CALENDAR:
            for place in range(APPOINTMENTS_A_DAY):
                starts_at = midnight + timedelta(days=day, hours=8, minutes=15 * (place % 36))
                self._add(
                    "appointment",
                    *(self._random.choice(self._contact_ids), self._random.choice(self.ground.facility_ids)),
                    *(starts_at, starts_at + timedelta(minutes=50)),
                )
