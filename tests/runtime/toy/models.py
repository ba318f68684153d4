"""A parent with children that go with it."""

from tortoise import fields
from tortoise.models import Model


class Shelf(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=40, db_index=True)
    books_taken = fields.IntField(default=0)

    class Meta:
        table = "shelf"


class Book(Model):
    id = fields.IntField(primary_key=True)
    shelf: fields.ForeignKeyRelation[Shelf] = fields.ForeignKeyField("toy.Shelf", related_name=False)
    title = fields.CharField(max_length=40, db_index=True)

    class Meta:
        table = "book"
