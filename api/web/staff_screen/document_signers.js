// Who must sign a new document, and in which order.

import { h, only } from "../shared/markup.js";
import { field } from "./forms.js";
import { relationWords } from "./relation_words.js";
import { t } from "./words.js";

// The order of ticking is the order of signing; the number beside a name says which.
/**
 * @param {ContactRecord} contact
 * @param {{ signerIds: string[], inSequence: boolean }} before
 * @param {() => void} changed
 */
export function signers(contact, before, changed) {
  const relatives = contact.relationships
    .filter(({ client, portalAccess }) => client.id === contact.id && portalAccess)
    .map(({ relative, kind }) => ({ ...relative, kind }));
  const people = [{ id: contact.id, displayName: contact.displayName }, ...relatives];
  const order = before.signerIds.filter((signer) => people.some(({ id }) => id === signer));
  /** @type {Map<string, HTMLElement>} */
  const places = new Map();
  /** @param {Named & { kind?: string }} who */
  const person = ({ id, displayName, kind }) => {
    const place = h("span", { class: "mark", hidden: true });
    places.set(id, place);
    return h(
      "label",
      { class: "pick" },
      h("input", { type: "checkbox", name: "-signer", value: id, checked: order.includes(id), onchange: tick }),
      kind ? `${displayName} (${relationWords(kind)})` : displayName,
      place,
    );
  };
  const sequence = field({
    name: "-sequence",
    label: t("inSequence"),
    type: "checkbox",
    hint: t("inSequenceHint"),
    value: before.inSequence,
    onchange: show,
  });
  const fields = h(
    "fieldset",
    {},
    h("legend", {}, t("signers")),
    h("p", { class: "hint" }, t("signersHint")),
    people.map(person),
    sequence,
  );
  const inSequence = () => only(sequence, "input", HTMLInputElement).checked;
  /** @param {Event} event */
  function tick({ target }) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.checked) order.push(target.value);
    else order.splice(order.indexOf(target.value), 1);
    show();
    changed();
  }
  function show() {
    sequence.hidden = order.length < 2;
    for (const [id, place] of places) {
      place.hidden = !order.includes(id) || order.length < 2 || !inSequence();
      place.textContent = t("signsAt", { number: order.indexOf(id) + 1 });
    }
  }
  show();
  const named = () => people.filter(({ id }) => order.includes(id));
  return { fields, named, chosen: () => ({ signerIds: [...order], inSequence: order.length > 1 && inSequence() }) };
}
