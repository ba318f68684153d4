// What the compiler refuses. It complains of a line here that would pass; nothing runs this file.

import { success, type VestibuleClient } from "../src/client.js";
import { ContactPortalDocument, DayDocument, LinkAccountDocument, SignOutDocument } from "../src/operations.js";

export async function refused(api: VestibuleClient): Promise<void> {
  // @ts-expect-error  a variable is missing
  await api.run(DayDocument, { from: "2026-03-02T00:00:00Z" });
  // @ts-expect-error  a variable has another type
  await api.run(ContactPortalDocument, { id: 7 });
  // @ts-expect-error  there is no such variable
  await api.run(ContactPortalDocument, { id: "a", other: 1 });
  // @ts-expect-error  variables are needed
  await api.run(ContactPortalDocument);
  await api.run(SignOutDocument);

  const { contact } = await api.run(ContactPortalDocument, { id: "a" });
  // @ts-expect-error  the contact may be null
  contact.displayName;
  // @ts-expect-error  nobody asked for this field
  contact?.familyName;

  const { linkPortalAccount } = await api.run(LinkAccountDocument, { input: { contactId: "a" } });
  // @ts-expect-error  only a success has the contact
  linkPortalAccount.contact;
  if (linkPortalAccount.__typename === "SeveralAccounts") linkPortalAccount.accounts[0]?.email;
  success(linkPortalAccount).contact.portalStatus.state satisfies string;
}
