// The lines of a file that the server has read: what is sent at a time, and the refused ones as CSV.

/**
 * @typedef {{ system: string, value: string }} RecordNumber
 * @typedef {{ externalId: RecordNumber, givenName?: string | null, familyName?: string | null, dateOfBirth?: string | null,
 *   emails?: string[] | null }} ImportContact
 * @typedef {{ externalId: RecordNumber, client: RecordNumber, relative: RecordNumber, kind: string }} ImportRelationship
 * @typedef {{ externalId: RecordNumber, contact: RecordNumber, startsAt: string, endsAt: string }} ImportAppointment
 * @typedef {{ kind: string, system: string, value: string }} UnknownPlace
 * @typedef {{ line: number, cells?: string[], skipped?: boolean, unknown?: UnknownPlace[], contact?: ImportContact,
 *   relationship?: ImportRelationship, appointment?: ImportAppointment,
 *   problem?: { field: string, message: string } }} ImportLine
 * @typedef {{ header: string, field: string | null }} ImportColumn
 * @typedef {{ records: string, encoding: string, columns: ImportColumn[], lines: ImportLine[] }} ImportedFile
 * @typedef {{ line: number, cells: string[], problem: string }} RefusedLine
 */

// In a preview each record may bring two people along, and a request takes 500 records.
export const BATCH = 100;
// The import knows no column of this name, so that the corrected file can be chosen as it is.
const PROBLEM = "vestibule problem";

/** @param {RecordNumber} number */
const key = ({ system, value }) => `${system}|${value}`;

/**
 * What the server answered for a file, one JSON object a line.
 * @param {string} text
 * @returns {ImportedFile}
 */
export function fileIn(text) {
  const [about = "{}", ...lines] = text.split("\n").filter(Boolean);
  return { ...JSON.parse(about), lines: lines.map((line) => JSON.parse(line)) };
}

/**
 * People of the file by their number. A preview keeps none of them, so what refers to them brings them along.
 * @param {ImportLine[]} lines
 */
export const peopleIn = (lines) =>
  new Map(lines.flatMap(({ contact }) => (contact ? [[key(contact.externalId), contact]] : [])));

/**
 * A request's records, and the lines that they come from in the order of the results; null for one brought along.
 * @param {ImportLine[]} lines
 * @param {ReturnType<typeof peopleIn> | null} people
 * @returns {{ input: { contacts: ImportContact[], relationships: ImportRelationship[], appointments: ImportAppointment[] },
 *   sent: (ImportLine | null)[] }}
 */
export function batchOf(lines, people) {
  const withContact = lines.filter(({ contact }) => contact);
  const withRelationship = lines.filter(({ relationship }) => relationship);
  const withAppointment = lines.filter(({ appointment }) => appointment);
  const contacts = withContact.flatMap(({ contact }) => contact ?? []);
  const relationships = withRelationship.flatMap(({ relationship }) => relationship ?? []);
  const appointments = withAppointment.flatMap(({ appointment }) => appointment ?? []);
  const there = new Set(contacts.map(({ externalId }) => key(externalId)));
  const named = [...relationships.flatMap(({ client, relative }) => [client, relative])];
  named.push(...appointments.map(({ contact }) => contact));
  /** @type {ImportContact[]} */
  const along = [];
  for (const number of people ? named : []) {
    const person = people?.get(key(number));
    if (!person || there.has(key(number))) continue;
    there.add(key(number));
    along.push(person);
  }
  return {
    input: { contacts: [...along, ...contacts], relationships, appointments },
    sent: [...along.map(() => null), ...withContact, ...withRelationship, ...withAppointment],
  };
}

/**
 * The refused lines as a CSV file. No cell is a formula for a spreadsheet: an apostrophe makes it a text.
 * @param {string[]} headers
 * @param {RefusedLine[]} refused
 */
export function asCsv(headers, refused) {
  const rows = refused.map(({ line, cells, problem }) => [
    ...headers.map((_, at) => cells[at] ?? ""),
    ...cells.slice(headers.length),
    `${line}: ${problem}`,
  ]);
  return `\ufeff${[[...headers, PROBLEM], ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("")}`;
}

/** @param {string} cell */
const cellOf = (cell) => `"${(/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`;
