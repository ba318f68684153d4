"""The demo practice's documents: to read, to sign, and one that is not shared yet."""

from dataclasses import dataclass

from clinic.documents.models import DocumentKind


@dataclass(frozen=True)
class DemoDocument:
    """A document to create; people are given by their full names.

    If `from_pdf` is set, it is uploaded as a PDF; otherwise it is created from its text. `readers` is None for everyone
    who is authorized, and empty for a document that is not shared yet.
    """

    contact: str
    title: str
    kind: DocumentKind
    text: str
    from_pdf: bool = False
    signers: tuple[str, ...] = ()
    readers: tuple[str, ...] | None = None


_LEO, _MIA = "Leo Park", "Mia Park"

_WELCOME = """\
Dear Leo,

we are glad that you have come to us. This letter tells you what to expect, so that your first visits are easier.

## Before you come
- Come ten minutes early the first time, so that we can show you around.
- Bring the names of the medicines you take.
- If you can't come, tell us a day before. A call is enough.

## How to reach us
| | |
|---|---|
| By phone | +1 208 555 0140, on working days from 8 to 5 |
| Riverside | 88 Mill Race Road, Boise |
| Hilltop | 1200 Summit Drive, Floor 2, Boise |

If you are in danger, don't wait for us: call or text 988 at any hour.

Frances Desk
Willow Creek Counseling
"""

_POLICIES = """\
## Appointments
An appointment lasts fifty minutes. One that is called off less than a day before is charged in full, but for illness.

## Fees
| Service | Fee |
|---|---|
| First appointment | $180 |
| Each further one | $140 |
| A letter for somebody else | $40 |

## What stays between us
What you tell us stays with us. The law names three exceptions: danger to your life or another's, harm to a child, and \
the order of a court.

## Your records
You may read your records and have a copy of them. Ask at the desk, or write to help@willow-creek.example.
"""

_CONSENT = """\
# What you agree to
By signing you agree that Willow Creek Counseling treats you. You have talked with your therapist about what the \
treatment is, what it may do for you, and what else could be done.

# What you should know
1. You may stop at any time, and need not say why.
2. Treatment can stir up feelings that are hard at first. Tell your therapist when it is too much.
3. Nobody can promise that it helps.

# Who answers your questions
Your therapist does, at any appointment, or by phone at +1 208 555 0140.
"""

_CONSENT_FOR_A_CHILD = """\
# What you agree to
By signing you agree, as a parent, that Willow Creek Counseling treats Mia.

# What you should know
- You may end the treatment at any time.
- What Mia tells her therapist stays between them. You are told at once of anything that endangers her.
- Once a month you are told how things go, together with Mia.

| | |
|---|---|
| Child | Mia Park |
| Therapist | Priya Raman, PhD |
| Appointments | weekly, at Riverside |
"""

_GOALS = """\
# What we work on
1. Sleep through most nights of the week.
2. Talk about worries before they grow.

# How we know that it helps
You keep a short diary. Every six weeks we look at it together.
"""

WILLOW_CREEK_DOCUMENTS = (
    DemoDocument(_LEO, "Welcome to Willow Creek Counseling", DocumentKind.LETTER, _WELCOME),
    DemoDocument(_LEO, "Practice policies and fees", DocumentKind.AGREEMENT, _POLICIES, from_pdf=True, readers=(_LEO,)),
    DemoDocument(_LEO, "Consent to counseling", DocumentKind.CONSENT, _CONSENT, signers=(_LEO,)),
    DemoDocument(_LEO, "Goals for the spring", DocumentKind.PLAN, _GOALS, readers=()),
    DemoDocument(
        _MIA, "Consent to counseling for a child", DocumentKind.CONSENT, _CONSENT_FOR_A_CHILD, signers=(_LEO,)
    ),
)
