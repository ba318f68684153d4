"""An invitation's token is known by the letter that carried it; the invitation's own column is no longer used.

The column stays in the table: the previous release may still run beside this one and writes it, and SQLite can't drop
a unique column without building the table anew. A later release may drop it.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

from clinic.database import guards

# Letters of the first release had no token of their own: their invitation's token goes to the one sent last.
_MOVE = """
UPDATE letter SET token_hash = (SELECT i.token_hash FROM invitation i WHERE i.id = letter.invitation_id)
WHERE token_hash IS NULL AND invitation_id IS NOT NULL AND id = (
  SELECT y.id FROM letter y WHERE y.invitation_id = letter.invitation_id AND y.status = 'SENT'
  ORDER BY y.created_at DESC, y.id LIMIT 1)
AND NOT EXISTS (SELECT 1 FROM letter z JOIN invitation i ON i.id = letter.invitation_id
  WHERE z.token_hash = i.token_hash)
"""


# Two letters never carry one token, as two invitations never had one.
_UNIQUE = "CREATE UNIQUE INDEX letter_token_hash ON letter (token_hash) WHERE token_hash IS NOT NULL"


async def move_tokens(_apps: object, editor: BaseSchemaEditor) -> None:
    await guards.run(editor, [_MOVE, _UNIQUE])


class ForgetField(ops.TortoiseOperation):
    """Takes a field out of the model and leaves its column, nullable, in the table."""

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def describe(self) -> str:
        return f"Forget field {self.name} of {self.model_name}"

    def state_forward(self, app_label: str, state: State) -> None:
        ops.RemoveField(self.model_name, self.name).state_forward(app_label, state)

    async def database_forward(self, *args: object, **kwargs: object) -> None:
        """Nothing to do in the database."""

    async def database_backward(self, *args: object, **kwargs: object) -> None:
        """Nothing to do in the database."""


class Migration(migrations.Migration):
    dependencies = [("clinic", "0007_no_truncate")]

    operations = [ops.RunPython(move_tokens), ForgetField(model_name="Invitation", name="token_hash")]
