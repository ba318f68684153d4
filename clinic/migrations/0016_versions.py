"""Versions of what staff edit, cancelled appointments, and archived contacts.

Existing rows get version 1. They are neither cancelled nor archived.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


def _version(model: str) -> ops.AddField:
    return ops.AddField(model_name=model, name="version", field=fields.IntField(default=1, db_default=1))


def _moment(model: str, name: str) -> ops.AddField:
    moment = fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)
    return ops.AddField(model_name=model, name=name, field=moment)


class Migration(migrations.Migration):
    dependencies = [("clinic", "0015_practice_settings")]

    initial = False

    operations = [
        _version("Contact"),
        _moment("Contact", "archived_at"),
        _version("Relationship"),
        _version("Episode"),
        _moment("Appointment", "cancelled_at"),
        _version("Appointment"),
    ]
