// How the settings would look: the portal's header, the letter and the printed sheet, drawn by the server.

import { Trouble } from "../shared/graphql.js";
import { h } from "../shared/markup.js";
import { trouble } from "./dom.js";
import { field } from "./forms.js";
import { letterShown, local } from "./letter_shown.js";
import { query } from "./session.js";
import { fieldWords, PAPERS } from "./settings_fields.js";
import { currentLanguage, t } from "./words.js";

const TONE = "fill text contrast";
const PREVIEW = `query ($input: LetterPreviewInput!, $letter: SheetPreviewInput!, $a4: SheetPreviewInput!) {
  letterPreview(input: $input) { sender subject text url darkUrl }
  letter: sheetPreview(input: $letter) { imageUrl pdfUrl }
  a4: sheetPreview(input: $a4) { imageUrl pdfUrl }
  brandPreview(input: $letter) { header { ${TONE} } onLight { ${TONE} } onDark { ${TONE} } contrastOnWhite logoUrl } }`;
const PAUSE = 600;

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
 * @param {PracticeSettings} saved
 * @param {AbortSignal} signal
 */
export function previewPane(saved, signal) {
  const choice = choices(saved.facilities);
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
      const input = { ...sheet, ...choice.sender() };
      const papers = { letter: { ...sheet, paper: "LETTER" }, a4: { ...sheet, paper: "A4" } };
      const data = await query(PREVIEW, { input, ...papers }, { signal });
      if (mine !== newest || signal.aborted) return;
      said.replaceChildren();
      drawn.replaceChildren(...parts(data, language, { ...saved, ...settings }));
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
 * @param {PracticeSettings} settings as they were typed
 */
function parts({ letterPreview, letter, a4, brandPreview }, language, { name, colour, paperSize }) {
  const { header, onLight, onDark, contrastOnWhite, logoUrl } = brandPreview;
  const darkened = onLight.fill !== header.fill;
  const sheets = { LETTER: letter, A4: a4 };
  const image = (/** @type {Paper} */ paper) =>
    h(
      "figure",
      {},
      h("div", { class: `paper ${paper}` }, h("img", { src: local(sheets[paper].imageUrl), alt: t("previewSheet") })),
      h(
        "figcaption",
        {},
        t(paper === paperSize ? "previewSheetChosen" : "previewSheetOn", { paper: t(`paper${paper}`) }),
        " ",
        h(
          "a",
          { href: local(sheets[paper].pdfUrl), target: "_blank", rel: "noopener" },
          t("openPdf", { paper: t(`paper${paper}`) }),
        ),
      ),
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
        h("li", {}, chip(header), t("colourDarkened", { colour, contrast: contrastOnWhite, fill: onLight.fill })),
      h("li", {}, chip(onDark), t("colourDark", { ...onDark })),
    ),
    h("h3", {}, t("previewLetter")),
    ...letterShown(letterPreview, language),
    h("h3", {}, t("previewSheet")),
    h("div", { class: "papers" }, PAPERS.map(image)),
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
