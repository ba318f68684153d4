"""Lists the accounts of a practice's programs, for those who manage integrations."""

from clinic.service_accounts.access import Account, Manager, require_manager
from clinic.service_accounts.models import ServiceAccount
from clinic.staff.models import StaffMember


async def service_accounts_of(caller: Manager) -> list[Account]:
    """The accounts, disabled ones included, in the order in which they were added. Two statements.

    Raises `NotPermitted`.
    """
    require_manager(caller)
    members = await StaffMember.filter(organization_id=caller.organization_id, machine=True)
    by_id = {member.id: member for member in members}
    rows = await ServiceAccount.filter(organization_id=caller.organization_id).order_by("created_at", "id")
    return [Account(row, by_id[row.staff_member_id]) for row in rows if row.staff_member_id in by_id]
