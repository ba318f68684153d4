// How each state looks.

export const STATES = ["NO_EMAIL", "NO_ACCOUNT", "INVITED", "ACCOUNT_NOT_LINKED", "LINKED", "EMAIL_CONFLICT"];

const SVG = "http://www.w3.org/2000/svg";
// On a grid of 24 with strokes of 2: the globe behind, the person in front to the right, a mark above the person.
// What stands in front cuts its own outline out of the globe, so that no background colour needs to be known.
const GLOBE = ["M10 1.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z", "M1.5 10h17", "M10 1.5c-5 5-5 12 0 17c5-5 5-12 0-17z"];
const HEAD = { cx: 17, cy: 14.5, r: 2.6 };
const SHOULDERS = "M11.5 23c0-3.6 2.2-5 5.5-5s5.5 1.4 5.5 5z";
const TRIANGLE = "M17 10l6.6 12.4H10.4z";
/** @type {Record<string, { cut: string, fill?: string, inner?: string, stroke?: string }>} */
const MARKS = {
  INVITED: { cut: "M13 0h11v12.5h-8.5L13 9z", fill: "M14 1h9.5v7H14z", inner: "M14.5 2l4.2 3.2L23 2" },
  ACCOUNT_NOT_LINKED: {
    cut: "M18.5-.5a5.5 5.5 0 0 0-5 7.5l2 5.5H24V0z",
    stroke: "M16.3 2.4c0-2.9 4.6-2.9 4.6.1c0 1.9-2.3 1.8-2.3 3.4",
    fill: "M17.4 7.6h2.3v2.2h-2.3z",
  },
  LINKED: { cut: "M18.5-.5a5.5 5.5 0 0 0-5 7.5l2 5.5H24V0z", stroke: "M14.5 4.5l3 3L23 1.7" },
};
let drawings = 0;

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * @param {string} state
 * @param {string} title
 */
export function draw(state, title) {
  const id = `cut${(drawings += 1)}`;
  const mark = MARKS[state];
  const conflict = state === "EMAIL_CONFLICT";
  const known = STATES.includes(state);
  const black = { fill: "#000", stroke: "#000", "stroke-width": 3, "stroke-linejoin": "round" };
  const cuts = conflict
    ? [shape("path", { d: TRIANGLE, ...black })]
    : known
      ? [shape("circle", { ...HEAD, ...black }), shape("path", { d: SHOULDERS, ...black })]
      : [];
  if (mark) cuts.push(shape("path", { d: mark.cut, fill: "#000" }));
  const parts = [
    shape("title", {}, title),
    shape(
      "mask",
      { id, maskUnits: "userSpaceOnUse", x: 0, y: 0, width: 24, height: 24 },
      shape("rect", { width: 24, height: 24, fill: "#fff" }),
      ...cuts,
    ),
    shape(
      "g",
      { class: "globe", mask: `url(#${id})` },
      ...GLOBE.map((d, at) => shape("path", { d, "stroke-width": at ? 1.6 : 2 })),
    ),
  ];
  if (conflict) {
    parts.push(
      shape("path", { d: TRIANGLE, class: "warning" }),
      shape("path", { d: "M17 13.9v2.9M17 19.9v.5", class: "exclamation" }),
    );
  } else if (known) {
    const person = state === "NO_EMAIL" ? "person outline" : "person";
    parts.push(shape("circle", { ...HEAD, class: person }), shape("path", { d: SHOULDERS, class: person }));
  }
  if (mark?.fill) parts.push(shape("path", { d: mark.fill, class: "mark filled" }));
  if (mark?.inner) parts.push(shape("path", { d: mark.inner, class: "inner" }));
  if (mark?.stroke) parts.push(shape("path", { d: mark.stroke, class: "mark" }));
  return shape(
    "svg",
    { viewBox: "0 0 24 24", part: "icon", class: state, "aria-hidden": "true", focusable: "false" },
    ...parts,
  );
}
