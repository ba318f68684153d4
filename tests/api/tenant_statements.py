"""Looks at the statements of requests: which of them could meet rows of a practice that nobody asked about."""

import re
from collections.abc import Iterable
from importlib import import_module

from clinic.database.tenancy import TenantModel
from runtime.database.config import APP, CLINIC_APPS

_TABLE = re.compile(r'\b(?:FROM|JOIN|UPDATE|INTO)\s+"?(\w+)"?')
_CONDITIONS = re.compile(r"\b(?:WHERE|ON)\b.*", re.DOTALL)
# Compared with a value that was sent along, on either database.
_SENT = r'"?\s*(?:=\s*(?:ANY\s*\(\s*)?[$?]|IN\s*\((?:\s*[$?]|SELECT value FROM json_each))'
_BY_ORGANIZATION = re.compile(rf"organization_id{_SENT}")
# An id is random and a hash is of a random token, so equality finds rows of one practice only. Nothing is found by 1=0.
_BY_KEY = re.compile(rf"\b\w*(?:id|_hash){_SENT}|\b1=0\b")


def tenant_tables() -> frozenset[str]:
    """The tables whose rows belong to one organization."""
    for module in CLINIC_APPS[APP]["models"]:
        import_module(module)
    waiting, found = [TenantModel], set()
    while waiting:
        for model in waiting.pop().__subclasses__():
            waiting.append(model)
            if not model._meta.abstract:
                found.add(model._meta.db_table)
    return frozenset(found)


def without_organization(statements: Iterable[str]) -> list[str]:
    """Those on a table of tenants that neither name the organization nor go by an id or the hash of a token."""
    tables = tenant_tables()
    return sorted(
        text for text in set(statements) if tables & set(_TABLE.findall(text)) and not _is_of_one_practice(text)
    )


def _is_of_one_practice(text: str) -> bool:
    if text.startswith("INSERT INTO"):
        return "organization_id" in text
    found = _CONDITIONS.search(text)
    conditions = found.group() if found else ""
    return bool(_BY_ORGANIZATION.search(conditions) or _BY_KEY.search(conditions))
