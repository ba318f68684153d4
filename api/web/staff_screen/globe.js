// A document's globe: gray, shared with nobody; blue, with all authorized; orange, with chosen people. The number of
// readers stands in it, and each has lines of its own, so that colour is never the only sign.

import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/** @param {{ sharing: string, recipients: Named[] }} shared */
export function globe({ sharing, recipients }) {
  const picture = document.createElementNS(SVG, "svg");
  /**
   * @param {Element} shape
   * @param {Record<string, string | number>} properties
   */
  const set = (shape, properties) => {
    for (const [name, value] of Object.entries(properties)) shape.setAttribute(name, String(value));
    return shape;
  };
  /**
   * @param {string} tag
   * @param {Record<string, string | number>} properties
   * @param {string} text
   */
  const add = (tag, properties, text = "") => {
    const shape = set(document.createElementNS(SVG, tag), properties);
    shape.textContent = text;
    picture.append(shape);
  };
  const readers = recipients.length;
  const label = sharing === "NOT_SHARED" ? t(sharing) : `${t(sharing)}. ${t("readers", { count: readers })}`;
  set(picture, { viewBox: "0 0 24 24", class: `globe ${sharing}`, role: "img", "aria-label": label });
  add("circle", { cx: 12, cy: 12, r: 10 });
  if (sharing === "NOT_SHARED") {
    add("path", { d: "M2 12h20M12 2c-7 6-7 14 0 20M12 2c7 6 7 14 0 20" });
    return picture;
  }
  add("path", {
    "stroke-width": 1.5,
    d: sharing === "CHOSEN_RECIPIENTS" ? "M4 6h16M4 18h16" : "M12 2c-9 6-9 14 0 20M12 2c9 6 9 14 0 20",
  });
  const middle = { "text-anchor": "middle", fill: "currentColor", stroke: "none", "font-size": 12, "font-weight": 700 };
  add("text", { x: 12, y: 16.3, ...middle }, String(readers));
  return picture;
}
