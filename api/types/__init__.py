"""The object types, enums and user errors of the schema.

Types whose fields lead in circles (contact, account, document) are completed in one module, `graph`; a module per
concept holds their plain fields. So no module imports in a circle.
"""
