// The episode and its facility, whose name the letters bear.

import { Intent } from "../shared/graphql.js";
import { h, only } from "../shared/markup.js";
import { action, notice, section, trouble } from "./dom.js";
import { field } from "./forms.js";
import { change, here, may } from "./session.js";
import { t } from "./words.js";

const ERRORS = "... on UserError { message }";
const MOVE = `mutation ($input: UpdateEpisodeInput!) { answer: updateEpisode(input: $input) { __typename ${ERRORS} } }`;
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
  const { id: episodeId } = current;
  const was = current.facility?.id ?? "";
  /** @type {HTMLElement} */
  const chosen = field({
    name: "facility",
    label: t("facility"),
    hint: t("facilityHint"),
    value: was,
    options: [["", "--"], ...here().organization.facilities.map(({ id, name }) => [id, name])],
    onchange: () => move(only(chosen, "select", HTMLSelectElement).value, true),
  });

  /**
   * @param {string} facilityId
   * @param {boolean} undoable
   */
  async function move(facilityId, undoable) {
    said.replaceChildren();
    try {
      await change(MOVE, { episodeId, facilityId: facilityId || null });
      notice(t("episodeSaved"), undoable ? () => move(was, false) : null);
      await again();
    } catch (problem) {
      only(chosen, "select", HTMLSelectElement).value = was;
      said.replaceChildren(trouble(problem));
    }
  }

  return section(t("episode"), chosen, said);
}
