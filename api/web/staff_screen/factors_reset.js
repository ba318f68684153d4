// Resetting a colleague's second factor: a code to hand over, shown once.

import { h } from "../shared/markup.js";
import { dialog, notice } from "./dom.js";
import { form } from "./forms.js";
import { change } from "./session.js";
import { t } from "./words.js";

const RESET = `mutation ($input: ResetStaffFactorsInput!) { answer: resetStaffFactors(input: $input) {
  __typename ... on UserError { message } ... on ResetStaffFactorsSuccess { handOverCode } } }`;

/** @param {{ id: string, name: string }} member */
export function resetFactorsButton({ id, name }) {
  const ask = () => {
    const box = dialog(t("resetFactorsAsk", { name }), [
      h("p", {}, t("resetFactorsBody")),
      form(
        [],
        t("resetFactors"),
        async () => {
          const { handOverCode } = /** @type {any} */ (await change(RESET, { staffMemberId: id }));
          box.close();
          notice(t("factorsReset", { name }));
          handOver(name, handOverCode);
        },
        { cancel: () => box.close(), danger: true },
      ),
    ]);
  };
  return h(
    "button",
    { type: "button", class: "quiet", "aria-label": t("resetFactorsName", { name }), onclick: ask },
    t("resetFactors"),
  );
}

/**
 * @param {string} name
 * @param {string} code
 */
function handOver(name, code) {
  const box = dialog(t("handedOverCode"), [
    h("p", {}, t("handOver", { name })),
    h("p", {}, h("code", { class: "secret" }, code)),
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => box.close() }, t("codesKept"))),
  ]);
}
