// Elements, made without markup: whatever comes from outside is text.

/**
 * An element with its properties and children. What is null, undefined or false is left out; `on…` listens.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...written(children));
  return element;
}

/**
 * The children without what is left out.
 * @param {readonly Child[]} children
 * @returns {(Node | string)[]}
 */
export function written(children) {
  const leaves = /** @type {Leaf[]} */ (/** @type {unknown[]} */ (children).flat(Infinity));
  return leaves.flatMap((child) => {
    if (child === undefined || child === null || typeof child === "boolean") return [];
    return [child instanceof Node ? child : String(child)];
  });
}

/**
 * The one element that is certainly there.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} place
 * @param {string} selector
 * @param {new () => Kind} [kind]
 * @returns {Kind}
 */
export function only(place, selector, kind) {
  const found = place.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`no ${selector}`);
  return /** @type {Kind} */ (found);
}
