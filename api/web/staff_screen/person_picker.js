// Choosing a person: for a relationship, or for an appointment.

import { h, only } from "../shared/markup.js";
import { trouble } from "./dom.js";
import { field } from "./forms.js";
import { limits } from "./limits.js";
import { turns } from "./redraw.js";
import { query } from "./session.js";
import { date, t } from "./words.js";

const FIND = "query ($search: String) { contacts(search: $search, first: 8) { nodes { id displayName dateOfBirth } } }";

/**
 * Two steps, without a list that opens by itself: search, then choose one of a few.
 * @param {string} except
 */
export function personPicker(except = "") {
  const found = h("div", { role: "status" });
  const choice = h("fieldset", {}, h("legend", {}, t("who")), found);
  const words = field({
    name: "-who",
    label: t("findPerson"),
    type: "search",
    hint: t("whoHint"),
    autocomplete: "off",
    maxlength: limits.LONGEST_SEARCH,
  });
  const search = h(
    "form",
    { role: "search", class: "filters", onsubmit: look },
    words,
    h("button", { type: "submit", class: "quiet" }, t("findPerson")),
  );

  const turn = turns();
  /** @param {SubmitEvent} event */
  async function look(event) {
    event.preventDefault();
    const isNews = turn();
    try {
      /** @type {{ nodes: Person[] }} */
      const { nodes } = (await query(FIND, { search: only(words, "input", HTMLInputElement).value.trim() })).contacts;
      if (!isNews()) return;
      const others = nodes.filter(({ id }) => id !== except);
      found.replaceChildren(...(others.length ? others.map(option) : [h("p", {}, t("noContacts"))]));
    } catch (problem) {
      if (isNews()) found.replaceChildren(trouble(problem));
    }
  }

  /** @typedef {Named & { dateOfBirth: string | null }} Person */
  /**
   * @param {Person} person
   * @param {number} at
   */
  const option = ({ id, displayName, dateOfBirth }, at) =>
    h(
      "label",
      { class: "pick", "data-name": displayName },
      h("input", { type: "radio", name: "-relative", value: id, checked: at === 0 }),
      `${displayName}${dateOfBirth ? `, ${date(dateOfBirth, "short")}` : ""}`,
    );
  const chosen = () => {
    const picked = choice.querySelector("input:checked");
    return picked instanceof HTMLInputElement ? picked.value : null;
  };
  const name = () => choice.querySelector("label:has(input:checked)")?.getAttribute("data-name") ?? null;
  return { search, choice, chosen, name };
}
