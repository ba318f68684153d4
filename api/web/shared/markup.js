// Elements, made without markup: whatever comes from outside is text.

/** @typedef {Node | string | number | boolean | null | undefined} Leaf */
/** @typedef {Leaf | Leaf[] | Leaf[][] | Leaf[][][]} Child */

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
  return /** @type {Leaf[]} */ (children.flat(4)).flatMap((child) => {
    if (child === undefined || child === null || typeof child === "boolean") return [];
    return [child instanceof Node ? child : String(child)];
  });
}
