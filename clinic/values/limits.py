"""How long and how many: every limit on what people enter, each said once.

The core refuses what exceeds them, and the GraphQL descriptions, the portal's forms and the staff screen read them
from here. Columns are at least as wide. A limit that protects a secret or a machine stands beside its rule instead.
"""

# Characters.
LONGEST_NAME = 200  # of a person, a practice, a facility, a document
LONGEST_LINE = 300  # any other line, such as a reason for declining
LONGEST_REASON = 200  # why staff end, close or move an account's access
LONGEST_NOTE = 150  # beside a chosen reason for closing an account; both together fit the account's column
LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3: a path of 256 octets with its angle brackets
LONGEST_PHONE = 40
LONGEST_PASSWORD = 200  # NIST SP 800-63B-4 §3.1.1.2 asks for 64 at least
LONGEST_LANGUAGE = 12  # a language tag
LONGEST_RELATIONSHIP = 60  # what a relative is to the client
LONGEST_SOURCE_STATUS = 60  # another system's word for how an appointment stands
LONGEST_SEARCH = 200
LONGEST_REQUEST_KEY = 100  # an idempotency key
LONGEST_FIELD = 1000  # of a portal form, before it is looked at; longer than any password that may be set
LONGEST_TYPED_DATE = 40
LONGEST_TYPED_PIN = 60  # room for any grouping
LONGEST_FACTOR_NAME = 60  # what a person calls a passkey
LONGEST_PASSKEY_ANSWER = 16_000  # an authenticator's answer as JSON; with attestation it has about 2,000
LONGEST_TYPED_CODE = 60  # room for any grouping of a recovery code
LONGEST_WEBHOOK_URL = 500
LONGEST_JWKS_URL = 500
LONGEST_JWKS = 20_000
MOST_LETTERS_NAMED = 20
"""So many of the letters that can't be printed are named in a refusal."""
LONGEST_ISSUER = 300  # the address of a sign-in provider
LONGEST_CLIENT_ID = 300  # what a provider calls us
LONGEST_CLIENT_SECRET = 500
LONGEST_EXTERNAL_SYSTEM = 200  # of an external id: the URI that says whose number it is
LONGEST_EXTERNAL_VALUE = 200  # of an external id: the number itself
LONGEST_ORIGIN = 300  # of a page that may ask the API; a host name has at most 253
LONGEST_TIME_ZONE = 64  # the name of a time zone
LONGEST_TEXT = 100_000  # a document written by staff; a contract of forty pages has as many

# How many.
MOST_EMAILS = 10  # of one contact
MOST_PHONES = 10  # of one contact
MOST_EXTERNAL_IDS = 20  # of one record; merged records bring theirs along
MOST_YEARS_OF_ACCESS = 10  # until a staff member's last day; a later one must be a mistake
MOST_PASSKEYS = 10  # of one person
MOST_DOMAINS = 20  # that a practice says are verified at its provider
MOST_ORIGINS = 20  # whose pages may ask the API for one practice
MOST_WEBHOOK_ENDPOINTS = 10  # of one practice
MOST_PROGRAM_KEYS = 10  # of one service account
MOST_SERVICE_ACCOUNTS = 50  # of one practice, without disabled ones
MOST_SIGNERS = 20  # of one document
MOST_SIMILAR = 10  # people on record who are shown before another one is added
MOST_CONTACTS_AT_ONCE = 500  # in one request that invites
MOST_RECORDS_AT_ONCE = 500  # in one request of a sync
MOST_WARNING_DAYS = 365  # how long before an access ends its practice may want to know
MOST_ADDRESS_LINES = 4  # a sheet's letterhead has room for them

# Of a logo.
MOST_LOGO_BYTES = 5_000_000
MOST_LOGO_PIXELS = 16_000_000  # decoding more could exhaust the memory
FEWEST_LOGO_PIXELS = 32  # of its longer side; a smaller picture is blurred on paper

# Of a file that the staff screen imports: 100,000 rows of a name, a date, an address and a number.
MOST_IMPORT_BYTES = 10_000_000

# Minutes without a request after which a staff session ends (product section 6).
USUAL_IDLE_MINUTES = 15
FEWEST_IDLE_MINUTES = 5
MOST_IDLE_MINUTES = 60

# Years for which a practice may want to keep signed documents.
FEWEST_RETENTION_YEARS = 1
MOST_RETENTION_YEARS = 100
