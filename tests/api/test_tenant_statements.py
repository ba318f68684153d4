"""The look at the statements of requests (test_access.py) finds one that could meet rows of another practice."""

import pytest

from tests.api.tenant_statements import without_organization

OF_ONE_PRACTICE = [
    'SELECT "id" FROM "contact" WHERE "organization_id"=$1 AND "archived_at" IS NULL',
    "SELECT id FROM contact c WHERE c.organization_id = ?1",
    'SELECT "id" FROM "letter" WHERE "token_hash"=?',
    'UPDATE "contact" SET "archived_at"=$1 WHERE "id" IN ($2,$3)',
    "SELECT id FROM portal_link WHERE contact_id IN (SELECT value FROM json_each(?1))",
    "SELECT id FROM portal_link WHERE contact_id = ANY($1::uuid[])",
    'INSERT INTO "contact" ("id","organization_id") VALUES ($1,$2)',
    "SELECT 1 FROM organization WHERE slug = $1",
]
OF_ANY = [
    'SELECT "id" FROM "contact" WHERE "archived_at" IS NULL',
    "SELECT l.id FROM portal_link l JOIN contact c ON c.id = l.contact_id AND c.organization_id = l.organization_id",
    "UPDATE letter SET status = $1",
    'DELETE FROM "appointment" WHERE "starts_at"<$1',
]


@pytest.mark.parametrize("text", OF_ONE_PRACTICE)
def test_a_statement_of_one_practice_is_let_be(text: str) -> None:
    assert without_organization([text]) == []


@pytest.mark.parametrize("text", OF_ANY)
def test_a_statement_that_may_meet_rows_of_any_practice_is_found(text: str) -> None:
    assert without_organization([text]) == [text]
