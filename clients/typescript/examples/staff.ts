// A front desk's morning: sign in, read the day with its icons, invite everyone who may be invited, print the first sheet.
// VESTIBULE_URL, ORGANIZATION, EMAIL, PASSWORD, FROM and TO come from the environment; prints JSON.

import { Refused, success, VestibuleClient } from "../src/client.js";
import {
  CreatePortalAccountDocument,
  DayDocument,
  PrintInstructionsDocument,
  SignInStaffDocument,
  SignOutDocument,
} from "../src/operations.js";
import { from } from "./environment.js";

const url = from("VESTIBULE_URL");
const trusted = process.env["TRUSTED"] === "yes";
const door = new VestibuleClient({ url, trusted });
const input = { organization: from("ORGANIZATION"), email: from("EMAIL"), password: from("PASSWORD") };
const session = success((await door.run(SignInStaffDocument, { input })).signInStaff);
const api = new VestibuleClient({ url, trusted, token: () => session.accessToken });

const seen: string[] = [];
const refused: string[] = [];
let after: string | null = null;
let sheet: string | null = null;
do {
  // The type is written out, because the page asked for next depends on this one.
  const { appointments }: import("../src/operations.js").DayQuery = await api.run(DayDocument, {
    from: from("FROM"),
    to: from("TO"),
    after,
  });
  for (const { contact } of appointments.nodes) {
    seen.push(`${contact.displayName}: ${contact.portalStatus.icon}`);
    if (contact.portalStatus.action !== "CREATE_ACCOUNT") continue;
    // The same key for the same intention: run again after a lost answer, nobody gets a second letter.
    const invite = { contactId: contact.id, idempotencyKey: `morning-${contact.id}` };
    const { createPortalAccount } = await api.run(CreatePortalAccountDocument, { input: invite });
    if (createPortalAccount.__typename === "CreatePortalAccountSuccess") {
      seen.push(`${contact.displayName}: ${createPortalAccount.contact.portalStatus.icon}`);
      const printed = await api.run(PrintInstructionsDocument, { input: { contactId: contact.id } });
      sheet ??= success(printed.printPortalInstructions).url;
    } else {
      refused.push(createPortalAccount.__typename);
    }
  }
  after = appointments.pageInfo.hasNextPage ? appointments.pageInfo.endCursor : null;
} while (after !== null);

await api.run(SignOutDocument);
const wrong = await door.run(SignInStaffDocument, { input: { ...input, password: "wrong" } });
try {
  success(wrong.signInStaff);
} catch (problem) {
  if (problem instanceof Refused) refused.push(problem.answer.__typename);
  else throw problem;
}
console.log(JSON.stringify({ seen, refused, sheet }));
