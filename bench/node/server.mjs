// The day's calendar by Mercurius with loaders and JIT: no sign-in, no permissions. Run by `bench.calendar` with its
// settings as JSON in the only argument; the bench compares its answer with the API's before it measures.

import Fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

const settings = JSON.parse(process.argv[2]);
const pool = new pg.Pool({ ...settings.database, max: settings.connections });
// As the API has it: microseconds are not thrown away, and the text is the zone's of the session, which is UTC.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text.replace(" ", "T").replace(/\+00$/, "+00:00"));

const schema = `
  scalar DateTime
  type Query { appointments(from: DateTime!, to: DateTime!, first: Int!): Appointments! }
  type Appointments { nodes: [Appointment!]! }
  type Appointment { id: ID! startsAt: DateTime! endsAt: DateTime! facility: Facility contact: Contact! }
  type Facility { name: String! }
  type Contact { id: ID! displayName: String! portalStatus: PortalStatus! }
  type PortalStatus {
    state: String! icon: String! summary: String! action: String letter: String! account: PortalAccount
  }
  type PortalAccount { id: ID! email: String! }
`;

/** @param {string} name @param {string} text @param {unknown[]} values */
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;
const globalId = (kind, key) => Buffer.from(`${kind}:${key}`).toString("base64");

const DAY = `SELECT id, starts_at, ends_at, facility_id, contact_id FROM appointment
  WHERE organization_id = $1 AND starts_at >= $2 AND starts_at < $3 AND cancelled_at IS NULL
  ORDER BY starts_at, id LIMIT $4`;
const FACILITIES = "SELECT id, name FROM facility WHERE organization_id = $1 AND id = ANY($2)";
const CONTACTS = "SELECT id, given_name, family_name FROM contact WHERE organization_id = $1 AND id = ANY($2)";

const resolvers = {
  Query: {
    async appointments(_, { from, to, first }) {
      return { nodes: await rows("day", DAY, [settings.organization, from, to, first]) };
    },
  },
  Appointment: {
    id: ({ id }) => globalId("Appointment", id),
    startsAt: ({ starts_at }) => starts_at,
    endsAt: ({ ends_at }) => ends_at,
  },
  Contact: {
    id: ({ id }) => globalId("Contact", id),
    displayName: ({ given_name, family_name }) => `${given_name} ${family_name}`,
  },
};

/** @param {string} name @param {string} text @param {unknown[]} keys */
async function byId(name, text, keys) {
  const found = new Map();
  for (const row of await rows(name, text, [settings.organization, [...new Set(keys)]])) found.set(row.id, row);
  return keys.map((key) => found.get(key) ?? null);
}

const loaders = {
  Appointment: {
    facility: (queries) => byId("facilities", FACILITIES, queries.map(({ obj }) => obj.facility_id)),
    contact: (queries) => byId("contacts", CONTACTS, queries.map(({ obj }) => obj.contact_id)),
  },
  Contact: {
    async portalStatus(queries) {
      const facts = await byId("facts", settings.facts, queries.map(({ obj }) => obj.id));
      const now = new Date().toISOString();
      return facts.map((row) => status(row, now));
    },
  },
};

const format = new Intl.DateTimeFormat("en-US", {
  timeZone: settings.zone,
  month: "short",
  day: "numeric",
  year: "numeric",
});
const day = (text) => format.format(new Date(text));

const SHOWN = {
  NO_EMAIL: ["ALL_GRAY", null],
  NO_ACCOUNT: ["GRAY_GLOBE_PERSON", "CREATE_ACCOUNT"],
  INVITED: ["BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"],
  ACCOUNT_NOT_LINKED: ["BLUE_GLOBE_PERSON", "LINK_ACCOUNT"],
  LINKED: ["BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"],
  EMAIL_CONFLICT: ["GRAY_GLOBE_WARNING", null],
};

function shown(state, summary, account = null, letter = "NONE") {
  const [icon, action] = SHOWN[state];
  return { state, icon, summary, action, letter, account };
}

const account = (id, email) => ({ id: globalId("PortalAccount", id), email });
const disabled = (at, reason) => (at === null ? "" : ` Disabled: ${reason || "no reason given"}.`);
const letter = (row) => (["QUEUED", "SENT", "BOUNCED", "FAILED"].includes(row.letter) ? row.letter : "NONE");

function status(row, now) {
  if (row.own_id !== null) {
    const [state, words] = row.registered_at === null ? ["INVITED", invited(row, now)] : ["LINKED", linked(row)];
    return shown(state, words, account(row.own_id, row.own_email), letter(row));
  }
  if (row.address === null) return shown("NO_EMAIL", "No email address on record.");
  if (row.found_id !== null) {
    const words = `A portal account for ${row.found_email} exists and is linked to no record.`;
    const ended = disabled(row.found_disabled_at, row.found_disabled_reason);
    return shown("ACCOUNT_NOT_LINKED", words + ended, account(row.found_id, row.found_email));
  }
  if (row.taken_id !== null) {
    const words = `The portal account for ${row.address} belongs to another record.`;
    return shown("EMAIL_CONFLICT", words, account(row.taken_id, row.taken_email));
  }
  const shared = row.shared ? " Another record bears this address too." : "";
  return shown("NO_ACCOUNT", `No portal account for ${row.address} yet.${shared}`);
}

function invited(row, now) {
  const email = row.own_email;
  let words;
  if (row.invitation_id === null) words = `Invited at ${email}; not yet registered.`;
  else if (row.expires_at <= now)
    words = `The invitation to ${email} expired on ${day(row.expires_at)}. Send a new one.`;
  else if (row.letter === "SENT")
    words = `Invited: the email to ${email} was sent on ${day(row.letter_at)}. Not yet registered.`;
  else if (row.letter === "BOUNCED" || row.letter === "FAILED")
    words = `Invited, but the email to ${email} did not arrive: ${row.failure}`;
  else words = `Invited: the email to ${email} is waiting to be sent.`;
  return words + disabled(row.own_disabled_at, row.own_disabled_reason);
}

function linked(row) {
  let words = `Portal account ${row.own_email} is linked. Registered on ${day(row.registered_at)}.`;
  if (row.last_signed_in_at !== null) words += ` Last signed in on ${day(row.last_signed_in_at)}.`;
  if (row.address !== null && !row.own_on_record) words += " The record has another address.";
  return words + disabled(row.own_disabled_at, row.own_disabled_reason);
}

const app = Fastify({ logger: false });
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
await app.listen({ host: settings.host, port: settings.port });
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
