// A day and a time of day as typed, and the instant that they are at the practice.

import { ahead, day as dayOf, timeOfDay } from "./words.js";

const DAY = 24 * 60 * 60 * 1000;

/**
 * The instant of a day and a time on the practice's clocks. Null where the clocks skip that time; where it comes twice,
 * the first.
 * @param {string} day such as 2031-06-02
 * @param {string} time such as 09:30
 */
export function instantOf(day, time) {
  const written = Date.parse(`${day}T${time}:00Z`);
  if (Number.isNaN(written)) return null;
  const offsets = [ahead(written - DAY), ahead(written + DAY)];
  const candidates = offsets.map((offset) => written - offset).sort((one, other) => one - other);
  const first = candidates.find((instant) => instant + ahead(instant) === written);
  return first === undefined ? null : new Date(first).toISOString();
}

/**
 * The day and the time of day of an instant, as the fields of a form take them.
 * @param {string} instant
 */
export const typedAs = (instant) => ({ day: dayOf(instant), time: timeOfDay(instant) });

/**
 * @param {string} from
 * @param {string} to
 */
export const minutesBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 60_000);

/**
 * @param {string} instant
 * @param {number} minutes
 */
export const later = (instant, minutes) => new Date(Date.parse(instant) + minutes * 60_000).toISOString();
