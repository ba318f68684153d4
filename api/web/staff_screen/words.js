// The language of the screen. The words themselves are in words_en.js and words_es.js, and those that the first page does
// not need in words_later_en.js and words_later_es.js; a test holds the languages together.

import { Trouble } from "../shared/graphql.js";
import en from "./words_en.js";

const KEPT = "vestibule.language";
/** @type {"en" | "es"} */
let language = "en";
/** @type {Record<string, string>} */
let words = en;
let isWhole = false;

/** @param {string} [wanted] */
export async function chooseLanguage(wanted = kept() ?? navigator.language) {
  language = String(wanted).toLowerCase().startsWith("es") ? "es" : "en";
  words = language === "es" ? (await import("./words_es.js")).default : en;
  if (isWhole) await wholeWords();
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    /* Asked of the browser again next time. */
  }
}

/** Every word of the screen, for what is loaded after the first page. It is loaded beside that. */
export async function wholeWords() {
  const wanted = language;
  const whole = await (wanted === "es" ? import("./words_later_es.js") : import("./words_later_en.js"));
  // The language may have been changed meanwhile, and then that has loaded them.
  if (wanted === language) words = { ...words, ...whole.default };
  isWhole = true;
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @type {{ en: Record<string, string>, es: Record<string, string> }} */
const later = { en: {}, es: {} };

/**
 * Words of a page that is seldom opened, loaded with it.
 * @param {typeof later} more
 */
export function addWords({ en, es }) {
  Object.assign(later.en, en);
  Object.assign(later.es, es);
}

export const currentLanguage = () => language;

/**
 * The sentence for a key, with values in its places.
 * @param {string} key
 * @param {Record<string, unknown>} values
 */
export function t(key, values = {}) {
  /** @type {Record<string, string>} */
  const english = en;
  const text = words[key] ?? later[language][key] ?? english[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * What a language is called; an imported record may have one besides those of the practice, such as es-MX.
 * @param {string} tag
 */
export function languageName(tag) {
  const known = t(tag);
  if (known !== tag) return known;
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/**
 * The words for a refusal: for its reason, if it has words, or else for its kind.
 * @param {Record<string, any>} details
 */
function refusal({ type, reason, until }) {
  const key = [`refused${type}${reason}`, `refused${type}`].find((one) => words[one]);
  return key && t(key, { until: until ? t("untilDay", { day: date(until) }) : t("forEver") });
}

/**
 * What happened, in words, whatever it was.
 * @param {unknown} problem
 */
export function troubleWords(problem) {
  if (problem instanceof Trouble) {
    const { kind, details, message } = problem;
    return kind === "refused" ? (refusal(details) ?? message) : t(kind, details);
  }
  console.error(problem);
  return t("broken");
}

/**
 * Whether a list or search was stopped because it took the database too long.
 * @param {unknown} problem
 */
export const isTooBroad = (problem) => problem instanceof Trouble && problem.details["code"] === "TOO_COMPLEX";

/** @type {{ name: string | undefined }} */
const zone = { name: undefined };
/** @param {string} name */
export const setZone = (name) => {
  zone.name = name;
};

/**
 * @param {string | null | undefined} text an instant or a day
 * @param {"long" | "short" | "full"} style
 */
export function date(text, style = "long") {
  if (!text) return "--";
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T12:00:00Z` : text;
  const timeZone = whole === text ? zone.name : "UTC";
  const weekday = style === "full" ? "long" : undefined;
  return new Intl.DateTimeFormat(language, {
    weekday,
    day: "numeric",
    month: style === "short" ? "short" : "long",
    year: "numeric",
    timeZone,
  }).format(new Date(whole));
}

/** @param {string} text */
export function time(text) {
  // Spanish as in the United States, which has the 12-hour clock.
  return new Intl.DateTimeFormat(`${language}-US`, { hour: "numeric", minute: "2-digit", timeZone: zone.name }).format(
    new Date(text),
  );
}

/** @param {string | null} text */
export const moment = (text) => (text ? `${date(text, "short")}, ${time(text)}` : "--");

const DAY = 24 * 60 * 60 * 1000;

/**
 * The day of an instant at the practice.
 * @param {string | Date} instant
 */
export const day = (instant) => new Date(+new Date(instant) + ahead(+new Date(instant))).toISOString().slice(0, 10);

/**
 * The time of day of an instant at the practice, such as 09:30.
 * @param {string} instant
 */
export const timeOfDay = (instant) =>
  new Date(Date.parse(instant) + ahead(Date.parse(instant))).toISOString().slice(11, 16);

/** The practice's time zone in words, such as Mountain Time. */
export const zoneName = () =>
  new Intl.DateTimeFormat(language, { timeZone: zone.name, timeZoneName: "longGeneric" })
    .formatToParts(new Date())
    .find(({ type }) => type === "timeZoneName")?.value ?? zone.name;

export const today = () => day(new Date());

/** @param {string} day */
export function nextDay(day, days = 1) {
  const moved = new Date(`${day}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/**
 * The first instant of a day. Where clocks are put forward at midnight, that is one o'clock; where they are put back
 * over midnight, midnight comes twice, and the day begins with the first.
 * @param {string} day
 */
export function beginning(day) {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const offsets = [ahead(midnight - DAY), ahead(midnight + DAY)];
  const candidates = offsets.map((ahead) => midnight - ahead).sort((one, other) => one - other);
  const first = candidates.find((instant) => new Date(instant + ahead(instant)).toISOString().startsWith(day));
  return new Date(first ?? candidates[candidates.length - 1] ?? midnight).toISOString();
}

/**
 * How far the practice's clocks are ahead of UTC at an instant, in milliseconds.
 * @param {number} instant
 */
export function ahead(instant) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone.name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(new Date(instant));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, hour, minute, second } = of;
  return Date.UTC(year, month - 1, of.day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
