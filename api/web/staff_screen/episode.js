// The episode and its facility, whose name the letters bear.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { ANSWER, edit } from "./clash.js";
import { action, notice, once, section, trouble } from "./dom.js";
import { field } from "./forms.js";
import { change, here, may } from "./session.js";
import { t } from "./words.js";

const ERRORS = "... on UserError { message }";
const MOVE = `mutation ($input: UpdateEpisodeInput!) { answer: updateEpisode(input: $input) { ${ANSWER}
  ... on UpdateEpisodeSuccess { episode { version } } } }`;
const BEGIN = `mutation ($input: CreateEpisodeInput!) { answer: createEpisode(input: $input) { __typename ${ERRORS} } }`;

/**
 * @param {ContactRecord} contact
 * @param {Again} again
 */
export function episode(contact, again) {
  const current = contact.currentEpisode;
  if (!may("MANAGE_CONTACTS"))
    return section(t("episode"), h("p", {}, current ? (current.facility?.name ?? "--") : t("noEpisode")));
  const intent = new Intent();
  if (!current) {
    return section(
      t("episode"),
      h("p", {}, t("noEpisode")),
      action(t("beginEpisode"), async () => {
        await change(BEGIN, { contactId: contact.id, facilityId: null }, intent);
        await again();
      }),
    );
  }
  const said = h("div");
  const { id: episodeId, version } = current;
  const was = current.facility?.id ?? "";
  /** @type {HTMLElement} */
  const chosen = field({
    name: "facility",
    label: t("facility"),
    hint: t("facilityHint"),
    value: was,
    options: [["", "--"], ...here().organization.facilities.map(({ id, name }) => [id, name])],
    onchange: () =>
      move({ facilityId: only(chosen, "select", HTMLSelectElement).value || null }, version, {
        facilityId: was || null,
      }),
  });

  /**
   * @param {Record<string, unknown>} changed
   * @param {number} seen
   * @param {Record<string, unknown> | null} undo what takes it back
   */
  async function move(changed, seen, undo = null) {
    said.replaceChildren();
    try {
      const done = await edit(MOVE, { episodeId, ...changed }, seen);
      const now = done?.["episode"].version;
      notice(t(done ? "episodeSaved" : "clashTaken"), done && undo ? () => move(undo, now) : null);
      await again();
    } catch (problem) {
      only(chosen, "select", HTMLSelectElement).value = was;
      said.replaceChildren(trouble(problem));
    }
  }

  const end = h(
    "button",
    { type: "button", class: "quiet", onclick: once(() => move({ ended: true }, version, { ended: false })) },
    t("endEpisode"),
  );
  return section(t("episode"), chosen, end, said);
}
