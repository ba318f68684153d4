// Addresses of the screen: what stands behind the # names a view and what it is about. The views that stand there are
// the router's; what a view needs to lead elsewhere is here, so that neither imports the other.

/** @type {() => Promise<void>} */
let showAddress = () => Promise.resolve();

/**
 * The router says how an address is shown.
 * @param {() => Promise<void>} show
 */
export const showAddressesBy = (show) => {
  showAddress = show;
};

/** Shows what stands at the present address, anew. */
export const showAgain = () => showAddress();

/**
 * @param {string} view
 * @param {Record<string, string | null | undefined>} [values]
 * @param {string} [id]
 */
export function address(view, values = {}, id = "") {
  const given = Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = new URLSearchParams(given).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ""}${query ? `?${query}` : ""}`;
}

/**
 * @param {string} view
 * @param {Record<string, string | null | undefined>} [values]
 * @param {string} [id]
 */
export function go(view, values, id) {
  const to = address(view, values, id);
  if (location.hash === to) showAddress();
  else location.hash = to;
}
