"""Rules that the database itself enforces. Migrations install them on either database.

Tortoise creates no CHECK constraints, conditional unique indexes or composite foreign keys. On PostgreSQL the rules are
constraints. SQLite can't add a constraint to an existing table, so there a trigger refuses with the same name.
"""

from collections.abc import Iterable

from tortoise.migrations.schema_editor.base import BaseSchemaEditor


def _on_postgres(editor: BaseSchemaEditor) -> bool:
    return editor.client.capabilities.dialect == "postgres"


async def run(editor: BaseSchemaEditor, statements: Iterable[str]) -> None:
    """Run statements that are the same on both databases, one by one, inside the migration's transaction.

    On SQLite a script of several statements would commit the transaction.
    """
    for statement in statements:
        await editor.client.execute_query(statement)


async def stay_in_organization(
    editor: BaseSchemaEditor, references: Iterable[tuple[str, str, str]], *, walled: frozenset[str] = frozenset()
) -> None:
    """For each (table, column, target): the row to which `column` refers belongs to the same organization.

    `walled` are the targets for which an earlier migration has already installed the target's own guard.
    """
    references = list(references)
    targets = sorted({target for _, _, target in references} - walled)
    if _on_postgres(editor):
        for target in targets:
            await run(
                editor, [f"ALTER TABLE {target} ADD CONSTRAINT {target}_in_organization UNIQUE (organization_id, id)"]
            )
        for table, column, target in references:
            await run(
                editor,
                [
                    f"ALTER TABLE {table} ADD CONSTRAINT same_organization_{table}_{column} "
                    f"FOREIGN KEY (organization_id, {column}) REFERENCES {target} (organization_id, id) "
                    f"DEFERRABLE INITIALLY IMMEDIATE"
                ],
            )
        return
    for target in targets:
        # PostgreSQL's foreign keys guard the target too: a row that others refer to can't change its organization.
        await run(
            editor,
            [
                f"CREATE TRIGGER {target}_in_organization BEFORE UPDATE OF organization_id ON {target} "
                f"WHEN NEW.organization_id <> OLD.organization_id "
                f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {target}_in_organization'); END"
            ],
        )
    for table, column, target in references:
        name = f"same_organization_{table}_{column}"
        for event in ("INSERT", f"UPDATE OF organization_id, {column}"):
            await run(
                editor,
                [
                    f"CREATE TRIGGER {name}_{event.split()[0].lower()} BEFORE {event} ON {table} "
                    f"WHEN NEW.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {target} t "
                    f"WHERE t.id = NEW.{column} AND t.organization_id = NEW.organization_id) "
                    f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {name}'); END"
                ],
            )


async def check(editor: BaseSchemaEditor, table: str, name: str, condition: str) -> None:
    """`condition` must hold for each row. It names columns as `NEW.column`."""
    if _on_postgres(editor):
        await run(editor, [f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition.replace('NEW.', '')})"])
        return
    for event in ("INSERT", "UPDATE"):
        await run(
            editor,
            [
                f"CREATE TRIGGER {name}_{event.lower()} BEFORE {event} ON {table} "
                f"WHEN NOT ({condition}) BEGIN SELECT RAISE(ABORT, 'constraint failed: {name}'); END"
            ],
        )


async def unchanging(editor: BaseSchemaEditor, table: str, columns: Iterable[str]) -> None:
    """The values of these columns never change: only NULL may be replaced."""
    differs = "IS DISTINCT FROM" if _on_postgres(editor) else "IS NOT"
    changed = " OR ".join(f"(OLD.{c} IS NOT NULL AND NEW.{c} {differs} OLD.{c})" for c in columns)
    if _on_postgres(editor):
        await run(
            editor,
            [
                f"CREATE FUNCTION {table}_is_unchanging() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table}_unchanging' USING ERRCODE = 'integrity_constraint_violation'; "
                f"END $$",
                f"CREATE TRIGGER {table}_unchanging BEFORE UPDATE ON {table} "
                f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {table}_is_unchanging()",
            ],
        )
        return
    await run(
        editor,
        [
            f"CREATE TRIGGER {table}_unchanging BEFORE UPDATE ON {table} WHEN {changed} "
            f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {table}_unchanging'); END"
        ],
    )


async def moves_with_merge(editor: BaseSchemaEditor, table: str, owner: str, columns: Iterable[str]) -> None:
    """`owner`, a contact, changes only to the contact that it was merged into, and `moved_from_id` keeps the first one.

    It takes the place of `unchanging` for a table whose other unchanging columns are `columns`.
    """
    merged = f"SELECT 1 FROM contact c WHERE c.id = OLD.{owner} AND c.merged_into_id = NEW.{owner}"
    first = f"NEW.moved_from_id = COALESCE(OLD.moved_from_id, OLD.{owner})"
    if _on_postgres(editor):
        await run(editor, [f"DROP TRIGGER {table}_unchanging ON {table}", f"DROP FUNCTION {table}_is_unchanging()"])
        await unchanging(editor, table, columns)
        differs = f"NEW.{owner} <> OLD.{owner} OR NEW.moved_from_id IS DISTINCT FROM OLD.moved_from_id"
        await run(
            editor,
            [
                f"CREATE FUNCTION {table}_is_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF EXISTS ({merged}) AND {first} THEN RETURN NEW; END IF; "
                f"RAISE EXCEPTION '{table}_moved' USING ERRCODE = 'integrity_constraint_violation'; END $$",
                f"CREATE TRIGGER {table}_moved BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({differs}) "
                f"EXECUTE FUNCTION {table}_is_moved()",
            ],
        )
        return
    await run(editor, [f"DROP TRIGGER {table}_unchanging"])
    await unchanging(editor, table, columns)
    await run(
        editor,
        [
            f"CREATE TRIGGER {table}_moved BEFORE UPDATE ON {table} "
            f"WHEN (NEW.{owner} <> OLD.{owner} OR NEW.moved_from_id IS NOT OLD.moved_from_id) "
            f"AND NOT (EXISTS ({merged}) AND {first} IS TRUE) "
            f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {table}_moved'); END"
        ],
    )


async def append_only(editor: BaseSchemaEditor, table: str) -> None:
    """The table allows INSERT only: no UPDATE and no DELETE."""
    if _on_postgres(editor):
        await run(
            editor,
            [
                f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; "
                f"END $$",
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()",
            ],
        )
        return
    for event in ("UPDATE", "DELETE"):
        await run(
            editor,
            [
                f"CREATE TRIGGER {table}_append_only_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {table}_append_only'); END"
            ],
        )


async def no_truncate(editor: BaseSchemaEditor, table: str) -> None:
    """The table refuses TRUNCATE. SQLite has no TRUNCATE; there a DELETE fires each row's trigger."""
    if _on_postgres(editor):
        refusal = f"RAISE EXCEPTION '{table} is not truncated' USING ERRCODE = 'integrity_constraint_violation'"
        await run(
            editor,
            [
                f"CREATE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refusal}; END $$",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_kept()",
            ],
        )


async def compare_by_bytes(editor: BaseSchemaEditor, columns: Iterable[tuple[str, str, int]]) -> None:
    """Sort and search these columns (table, column, length) by code point on both databases.

    SQLite does so by default. PostgreSQL would use the cluster's collation, and pages would have another order. Call
    it while the table is empty, before its indexes are created.
    """
    if _on_postgres(editor):
        await run(
            editor,
            [f'ALTER TABLE {t} ALTER COLUMN {c} TYPE VARCHAR({length}) COLLATE "C"' for t, c, length in columns],
        )


# The facts that decide are read anew: the signatures, the birthday, the practice's rule. `clinic.documents.retention`
# decides to the day. Here no time zone is known, so this allows what is due in any zone of the world.
_RETENTION = """
SELECT 1 FROM {schema}signature s
JOIN {schema}document d ON d.id = s.document_id
JOIN {schema}organization o ON o.id = d.organization_id
JOIN {schema}contact c ON c.id = d.contact_id
WHERE s.id = OLD.signature_id AND o.signed_retention_years IS NOT NULL
  AND {signed} AND (c.date_of_birth IS NULL OR {grown})
"""


async def deleted_after_retention(editor: BaseSchemaEditor, table: str) -> None:
    """The table, which names signatures, refuses UPDATE, and DELETE until the practice's retention rule has passed.

    It takes the place of `append_only`.
    """
    if _on_postgres(editor):
        await _deleted_after_retention_on_postgres(editor, table)
        return
    later = "(CAST(substr({day}, 1, 4) AS INTEGER) + {years}) || substr({day}, 5, 6) <= date('now', '+1 day')"
    last = "(SELECT date(substr(max(t.signed_at), 1, 10), '-1 day') FROM signature t WHERE t.document_id = d.id)"
    passed = _RETENTION.format(
        schema="",
        signed=later.format(day=last, years="o.signed_retention_years"),
        grown=later.format(day="c.date_of_birth", years="o.signed_retention_years + 18"),
    )
    await run(
        editor,
        [
            f"DROP TRIGGER {table}_append_only_delete",
            f"CREATE TRIGGER {table}_append_only_delete BEFORE DELETE ON {table} WHEN NOT EXISTS ({passed}) "
            f"BEGIN SELECT RAISE(ABORT, 'constraint failed: {table}_kept'); END",
        ],
    )


async def _deleted_after_retention_on_postgres(editor: BaseSchemaEditor, table: str) -> None:
    """The function names its tables with their schema, so that a temporary table can't stand in for one of them."""
    _, rows = await editor.client.execute_query("SELECT quote_ident(current_schema()) AS name")
    schema = rows[0]["name"]
    today = "((now() AT TIME ZONE 'UTC')::date + 1)"
    last = f"(SELECT max(t.signed_at) FROM {schema}.signature t WHERE t.document_id = d.id)"
    passed = _RETENTION.format(
        schema=f"{schema}.",
        signed=f"({last} AT TIME ZONE 'UTC')::date - 1 <= {today} - make_interval(years => o.signed_retention_years)",
        grown=f"c.date_of_birth <= {today} - make_interval(years => o.signed_retention_years + 18)",
    )
    await run(
        editor,
        [
            f"DROP TRIGGER {table}_append_only ON {table}",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only()",
            f"CREATE FUNCTION {table}_is_in_retention() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = pg_catalog, pg_temp AS $$ BEGIN "
            f"IF EXISTS ({passed}) THEN RETURN OLD; END IF; "
            f"RAISE EXCEPTION '{table}_kept' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_in_retention()",
        ],
    )
