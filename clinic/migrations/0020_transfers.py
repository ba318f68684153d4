"""Links that an approved transfer made are told from those that staff made."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

# The approval wrote the link and the decision in one transaction, with the same time and staff member.
BY_TRANSFER = """
UPDATE portal_link SET linked_how = 'TRANSFER'
WHERE linked_how = 'STAFF' AND EXISTS (
  SELECT 1 FROM transfer_request t WHERE t.account_id = portal_link.account_id
  AND t.contact_id = portal_link.contact_id AND t.decided_at = portal_link.linked_at
  AND t.decided_by_id = portal_link.linked_by_id AND t.approved
)
"""


async def tell_transfers(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, [BY_TRANSFER])


class Migration(migrations.Migration):
    dependencies = [("clinic", "0017_erasure")]

    initial = False

    operations = [ops.RunPython(tell_transfers)]
