"""Who manages both the practice and its staff gets MANAGE_INTEGRATIONS.

Without that nobody in an existing practice could give the permission to anybody.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

from clinic.database import guards

# Stored names are in alphabetical order, and no name is a part of another.
GRANT = """
UPDATE staff_member
SET permissions = replace(permissions, 'MANAGE_ORGANIZATION', 'MANAGE_INTEGRATIONS MANAGE_ORGANIZATION')
WHERE permissions LIKE '%MANAGE_ORGANIZATION%' AND permissions LIKE '%MANAGE_STAFF%'
  AND permissions NOT LIKE '%MANAGE_INTEGRATIONS%' AND disabled_at IS NULL AND password_hash <> ''
"""


async def grant(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, [GRANT])


class Migration(migrations.Migration):
    dependencies = [("clinic", "0029_letter_lists")]

    initial = False

    operations = [ops.RunPython(grant)]
