"""The errors of erasing and merging records."""

from datetime import date

import strawberry

from api.types.user_errors import UserError


@strawberry.type(description="The record or the document can't be erased (yet).")
class MustBeKept(UserError):
    reason: str = strawberry.field(
        description="LIVE_LINK, OPEN_SIGNATURE, OPEN_TRANSFER, SIGNED_DOCUMENTS or OTHERS_DOCUMENT; may gain values."
    )
    until: date | None = strawberry.field(
        description="For SIGNED_DOCUMENTS: the first day on which all of them may be erased; null: kept for ever."
    )


@strawberry.type(description="The two records can't be merged (yet).")
class MergeBlocked(UserError):
    reason: str = strawberry.field(
        description="SAME_RECORD, ARCHIVED, RELATED, BOTH_LINKED, OPEN_TRANSFER, BOTH_SIGN, TOO_MANY_ADDRESSES or "
        "TOO_MANY_PHONES; may gain values."
    )
