// What the system that an appointment comes from says of it, in plain words. A word that we don't know stays as it is.

import { h } from "../shared/markup.js";
import { addWords, t } from "./words.js";
import words from "./words_source_status.js";

addWords(words);

/** Words of FHIR, and their usual spellings, without what stands between letters. Null says no more than the calendar. */
const SAID = new Map([
  ["booked", null],
  ["scheduled", null],
  ["arrived", "sourceArrived"],
  ["checkedin", "sourceCheckedIn"],
  ["fulfilled", "sourceFulfilled"],
  ["completed", "sourceFulfilled"],
  ["noshow", "sourceNoShow"],
]);

/**
 * @param {string} word
 * @returns {string} empty where it says no more than the calendar
 */
export function sourceWords(word) {
  const key = SAID.get(word.toLowerCase().replace(/[\s_-]/g, ""));
  if (key === undefined) return word;
  return key ? t(key) : "";
}

/** @param {Appointment} appointment */
export function sourceMark({ sourceStatus }) {
  const said = sourceStatus && sourceWords(sourceStatus);
  return said ? h("span", { class: "mark" }, said) : null;
}
