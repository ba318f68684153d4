"""The accounts of programs, for those who manage integrations."""

from datetime import datetime
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect
from api.types.service_accounts import ServiceAccount
from clinic.service_accounts.access import Account
from clinic.service_accounts.queries import service_accounts_of
from clinic.values.paging import page_in_memory

_CURSORS = Cursors("service accounts", (datetime, UUID))


@strawberry.type
class ServiceAccountQueries:
    @field(
        "The programs that sign in by themselves, disabled ones included, in the order in which they were added; needs "
        "MANAGE_INTEGRATIONS."
    )
    async def service_accounts(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ServiceAccount]:
        found = await service_accounts_of(info.context.staff)
        page = page_in_memory(found, page_request(_CURSORS, first, after, last, before), _key)

        async def count() -> int:
            return len(found)

        nodes = [ServiceAccount.from_account(account) for account in page.rows]
        return connect(page, nodes, cursors=_CURSORS, sort_key=_key, count=count)


def _key(account: Account) -> tuple[datetime, UUID]:
    return account.row.created_at, account.row.id
