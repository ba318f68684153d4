// A colleague's last day, such as a locum's: set, changed, taken away.

import { Trouble } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { dialog, notice } from "./dom.js";
import { field, form } from "./forms.js";
import { showAgain } from "./navigate.js";
import { change } from "./session.js";
import { date, t } from "./words.js";

const SET = `mutation ($input: SetStaffLastDayInput!) { answer: setStaffLastDay(input: $input) {
  __typename ... on UserError { message } ... on InvalidInput { fields { path message } } } }`;

/** @param {string | null} value */
export const lastDayField = (value) =>
  field({ name: "lastDay", label: t("lastDay"), type: "date", hint: t("lastDayHint"), value: value ?? "" });

/**
 * Says a last day that can't be in the words of this page.
 * @template T
 * @param {() => Promise<T>} work
 */
export async function withLastDay(work) {
  try {
    return await work();
  } catch (problem) {
    const about = problem instanceof Trouble ? (problem.details["fields"] ?? []) : [];
    if (!about.some((/** @type {{ path: string }} */ { path }) => path === "lastDay")) throw problem;
    throw new Trouble("refused", t("wrongLastDay"), { fields: [{ path: "lastDay", message: t("wrongLastDay") }] });
  }
}

/** @param {Colleague} member */
export function lastDayButton({ id, name, lastDay: known }) {
  const ask = () => {
    const box = dialog(t("lastDayOf", { name }), [
      h("p", {}, t("lastDayBody")),
      form(
        [lastDayField(known)],
        t("setLastDay"),
        async ({ lastDay }) => {
          await withLastDay(() => change(SET, { staffMemberId: id, lastDay: lastDay || null }));
          box.close();
          notice(lastDay ? t("lastDaySet", { name, date: date(String(lastDay)) }) : t("lastDayGone", { name }));
          await showAgain();
        },
        { cancel: () => box.close() },
      ),
    ]);
    only(box, "input").focus();
  };
  return h(
    "button",
    { type: "button", class: "quiet", "aria-label": t("lastDayOf", { name }), onclick: ask },
    t("lastDay"),
  );
}
