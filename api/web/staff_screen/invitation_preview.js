// The email that would invite a contact, looked at before it is sent.

import { h } from "../shared/markup.js";
import { action, dialog, trouble } from "./dom.js";
import { field } from "./forms.js";
import { letterShown } from "./letter_shown.js";
import { change, query } from "./session.js";
import { t } from "./words.js";

const PREVIEW = `query ($input: InvitationPreviewInput!) { invitationPreview(input: $input) {
  toAddress language sender subject text url darkUrl } }`;
const SAMPLE = `mutation ($input: SendInvitationSampleInput!) { answer: sendInvitationSample(input: $input) { __typename
  ... on SendInvitationSampleSuccess { toAddress } ... on UserError { message } } }`;
const SENDERS = ["AUTOMATIC", "ORGANIZATION", "DISCREET"];

/** @param {Named} contact */
export function previewInvitation(contact) {
  const sender = field({
    name: "sender",
    label: t("sender"),
    value: "AUTOMATIC",
    options: SENDERS.map((one) => [one, t(one)]),
  });
  const said = h("div", { role: "status" });
  const drawn = h("div", { class: "drawn", "aria-busy": "true" });
  const chosen = () => sender.querySelector("select")?.value;
  const sample = action(t("sendSample"), async () => {
    const { toAddress } = await change(SAMPLE, { contactId: contact.id, sender: chosen() });
    said.replaceChildren(h("p", {}, t("sampleSent", { address: toAddress })));
  });
  const close = h("button", { type: "button", class: "quiet", onclick: () => box.close() }, t("close"));
  const box = dialog(t("previewEmailFor", { name: contact.displayName }), [
    h("p", {}, t("previewEmailBody")),
    sender,
    said,
    drawn,
    h("div", { class: "buttons" }, sample, close),
  ]);
  box.classList.add("preview", "broad");
  let newest = 0;

  async function draw() {
    const mine = (newest += 1);
    drawn.setAttribute("aria-busy", "true");
    said.replaceChildren();
    try {
      const input = { contactId: contact.id, sender: chosen() };
      /** @type {{ invitationPreview: LetterShown & { toAddress: string | null, language: string } }} */
      const { invitationPreview: letter } = await query(PREVIEW, { input });
      if (mine !== newest) return;
      drawn.replaceChildren(
        h("p", {}, letter.toAddress ? t("previewTo", { address: letter.toAddress }) : t("previewToNobody")),
        ...letterShown(letter, letter.language),
      );
    } catch (problem) {
      if (mine === newest) said.replaceChildren(trouble(problem, draw));
    } finally {
      if (mine === newest) drawn.removeAttribute("aria-busy");
    }
  }
  sender.addEventListener("change", draw);
  draw();
}
