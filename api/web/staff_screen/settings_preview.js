// How the settings would look: the portal's header, the letter and the printed sheet, drawn by the server.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { trouble } from "./dom.js";
import { field } from "./forms.js";
import { query } from "./session.js";
import { fieldWords } from "./settings_fields.js";
import { currentLanguage, t } from "./words.js";

const TONE = "fill text contrast";
const PREVIEW = `query ($letter: LetterPreviewInput!, $sheet: SheetPreviewInput!) {
  letterPreview(input: $letter) { sender subject text url }
  sheetPreview(input: $sheet) { imageUrl pdfUrl }
  brandPreview(input: $sheet) { header { ${TONE} } onLight { ${TONE} } onDark { ${TONE} } contrastOnWhite logoUrl } }`;
const PAUSE = 600;
const PAPERS = ["Letter", "A4"];

// The preview is asked of the server that the page came from, by whichever name.
const local = (/** @type {string} */ url) => new URL(url).pathname;

/** @param {WholeFacility[]} facilities */
function choices(facilities) {
  const language = field({
    name: "-language",
    label: t("previewLanguage"),
    value: currentLanguage(),
    options: [
      ["en", t("english")],
      ["es", t("spanish")],
    ],
  });
  const from = field({
    name: "-from",
    label: t("previewFrom"),
    options: [
      ["", t("fromPractice")],
      ["DISCREET", t("fromNeutral")],
      ...facilities.filter(({ archivedAt }) => !archivedAt).map(({ id, name }) => [id, name]),
    ],
  });
  const chosen = (/** @type {HTMLElement} */ one) => one.querySelector("select")?.value ?? "";
  return {
    element: h("div", { class: "filters" }, language, from),
    language: () => chosen(language),
    sender: () => {
      const who = chosen(from);
      return who === "DISCREET" ? { sender: who } : who ? { facilityId: who } : {};
    },
  };
}

/**
 * `show(input)` draws anew when nobody has typed for a moment.
 * @param {WholeFacility[]} facilities
 * @param {string} name the practice's, as it is saved
 * @param {AbortSignal} signal
 */
export function previewPane(facilities, name, signal) {
  const choice = choices(facilities);
  const said = h("div", { role: "status" });
  const drawn = h("div", { class: "drawn", "aria-busy": "true" });
  const element = h(
    "section",
    { class: "card preview" },
    h("h2", {}, t("settingsPreview")),
    choice.element,
    said,
    drawn,
  );
  /** @type {SettingsInput} */
  let settings = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let newest = 0;
  element.addEventListener("change", draw);

  async function draw() {
    const mine = (newest += 1);
    const language = choice.language();
    drawn.setAttribute("aria-busy", "true");
    try {
      const sheet = { language, settings };
      const data = await query(PREVIEW, { letter: { ...sheet, ...choice.sender() }, sheet }, { signal });
      if (mine !== newest || signal.aborted) return;
      said.replaceChildren();
      drawn.replaceChildren(...parts(data, language, settings.name ?? name, settings.colour));
    } catch (problem) {
      if (mine !== newest || signal.aborted) return;
      said.replaceChildren(trouble(withFields(problem)), h("p", { class: "soft" }, t("previewStale")));
    } finally {
      if (mine === newest) drawn.removeAttribute("aria-busy");
    }
  }

  return {
    element,
    show: (/** @type {SettingsInput} */ input) => {
      settings = input;
      clearTimeout(waiting);
      if (newest === 0) draw();
      else waiting = setTimeout(draw, PAUSE);
    },
  };
}

/**
 * What the server said of single fields, in place of the sentence for programs.
 * @param {unknown} problem
 */
function withFields(problem) {
  const fields = problem instanceof Trouble ? problem.details.fields : null;
  return fields ? new Trouble("refused", fields.map(fieldWords).join(" "), { type: "" }) : problem;
}

/**
 * @param {SettingsPreview} data
 * @param {string} language
 * @param {string} name the practice's
 * @param {string | undefined} colour as it was typed
 */
function parts({ letterPreview, sheetPreview, brandPreview }, language, name, colour) {
  const { header, onLight, onDark, contrastOnWhite, logoUrl } = brandPreview;
  const { sender, subject, text, url } = letterPreview;
  const darkened = onLight.fill !== header.fill;
  const frame = h("iframe", {
    src: local(url),
    title: t("previewLetter"),
    sandbox: "",
    lang: language,
  });
  const image = (/** @type {string} */ paper) =>
    h(
      "figure",
      {},
      h("div", { class: `paper ${paper}` }, h("img", { src: local(sheetPreview.imageUrl), alt: t("previewSheet") })),
      h("figcaption", {}, t("previewSheetOn", { paper })),
    );
  return [
    h("h3", {}, t("previewHeader")),
    toned(header, "portal-header", [logoUrl && h("img", { src: local(logoUrl), alt: "" }), h("span", {}, name)]),
    h(
      "ul",
      { class: "plain tones" },
      h(
        "li",
        {},
        chip(header),
        t("colourHeader", { ...header, text: t(header.text === "#000000" ? "black" : "white") }),
      ),
      h("li", {}, chip(onLight), t("colourButton", { ...onLight })),
      darkened &&
        h(
          "li",
          {},
          chip(header),
          t("colourDarkened", { colour: colour ?? header.fill, contrast: contrastOnWhite, fill: onLight.fill }),
        ),
      h("li", {}, chip(onDark), t("colourDark", { ...onDark })),
    ),
    h("h3", {}, t("previewLetter")),
    h("p", {}, t("previewSubject", { sender, subject })),
    frame,
    h("details", {}, h("summary", {}, t("previewText")), h("pre", { lang: language, tabindex: "0" }, text)),
    h("h3", {}, t("previewSheet")),
    h("div", { class: "papers" }, PAPERS.map(image)),
    h("p", {}, h("a", { href: local(sheetPreview.pdfUrl), target: "_blank", rel: "noopener" }, t("openPdf"))),
  ];
}

/**
 * What has a colour of its own. The page's policy allows no style in markup, only this way.
 * @param {ToneShown} tone
 * @param {string} kind
 * @param {Child[]} children
 */
function toned({ fill, text }, kind, children) {
  const element = h("div", { class: kind }, children);
  element.style.background = fill;
  element.style.color = text;
  return element;
}

/** @param {ToneShown} tone */
function chip(tone) {
  const element = toned(tone, "chip", ["Aa"]);
  element.setAttribute("aria-hidden", "true");
  return element;
}
