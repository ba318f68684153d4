// The episode and its facility, whose name the letters bear.

import { action, h, notice, section, trouble } from "./dom.js";
import { field } from "./forms.js";
import { change, may, who } from "./session.js";
import { Intent } from "./transport.js";
import { t } from "./words.js";

const ERRORS = "... on UserError { message }";
const MOVE = `mutation ($input: UpdateEpisodeInput!) { answer: updateEpisode(input: $input) { __typename ${ERRORS} } }`;
const BEGIN = `mutation ($input: CreateEpisodeInput!) { answer: createEpisode(input: $input) { __typename ${ERRORS} } }`;

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
  const was = current.facility?.id ?? "";
  const chosen = field({
    name: "facility",
    label: t("facility"),
    hint: t("facilityHint"),
    value: was,
    options: [["", "--"], ...who.organization.facilities.map(({ id, name }) => [id, name])],
    onchange: (event) => move(event.target.value, true),
  });

  async function move(facilityId, undoable) {
    said.replaceChildren();
    try {
      await change(MOVE, { episodeId: current.id, facilityId: facilityId || null });
      notice(t("episodeSaved"), undoable ? () => move(was, false) : null);
      await again();
    } catch (problem) {
      chosen.querySelector("select").value = was;
      said.replaceChildren(trouble(problem));
    }
  }

  return section(t("episode"), chosen, said);
}
