// A patient's app: accept the invitation, read what there is, sign what waits.
// VESTIBULE_URL, TOKEN (the last part of the invitation's link), DATE_OF_BIRTH, PASSWORD and NAME come from the environment.

import { createHash } from "node:crypto";
import { ApiError, success, VestibuleClient } from "../src/client.js";
import {
  AcceptInvitationDocument,
  ConsentDocument,
  MyDocumentsDocument,
  SignDocumentDocument,
} from "../src/operations.js";
import { from } from "./environment.js";

const url = from("VESTIBULE_URL");
const trusted = process.env["TRUSTED"] === "yes";
const password = from("PASSWORD");
const stranger = new VestibuleClient({ url, trusted });
const input = { token: from("TOKEN"), dateOfBirth: from("DATE_OF_BIRTH"), password };
const session = success((await stranger.run(AcceptInvitationDocument, { input })).acceptPortalInvitation);
const api = new VestibuleClient({ url, trusted, token: () => session.accessToken });

const { viewer } = await api.run(MyDocumentsDocument, {});
if (viewer?.__typename !== "PortalAccount") throw new Error("not a patient");
const { signingConsent } = await api.run(ConsentDocument, { language: "en" });
const signed: string[] = [];
for (const document of viewer.documents.nodes.filter(({ awaitsYou }) => awaitsYou)) {
  // What was shown is what is signed: hash the bytes, not what the API says of them.
  const bytes = Buffer.from(await (await fetch(document.url)).arrayBuffer());
  const { signDocument } = await api.run(SignDocumentDocument, {
    input: {
      documentId: document.id,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      typedName: from("NAME"),
      password,
      consentVersion: signingConsent.version,
      language: signingConsent.language,
    },
  });
  const { id, signatureState } = success(signDocument).document;
  signed.push(`${id === document.id ? document.title : "another"}: ${signatureState}`);
}
const signedOut = await stranger.run(MyDocumentsDocument, {}).then(
  ({ viewer }) => viewer,
  (problem: unknown) => (problem instanceof ApiError ? problem.code : problem),
);
console.log(JSON.stringify({ contact: viewer.contact?.displayName, signed, signedOut }));
