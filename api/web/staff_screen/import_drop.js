// A file that is dragged onto the import's page is taken as if it had been chosen. The file field stays as it is.

import { t } from "./words.js";

/**
 * @param {{ page: HTMLElement, field: HTMLInputElement, note: HTMLElement, signal: AbortSignal }} where the file goes,
 *   and what says why none was taken
 */
export function takesDrops({ page, field, note, signal }) {
  // Each element below tells of entering and leaving it.
  let inside = 0;
  /** @param {DragEvent} event */
  const brings = (event) => Boolean(event.dataTransfer?.types.includes("Files"));
  const shows = () => page.classList.toggle("dropping", inside > 0);

  /** @param {DragEvent} event */
  function over(event) {
    if (!brings(event)) return;
    // Otherwise the browser would leave the page and open the file.
    event.preventDefault();
    if (event.type === "dragenter") inside += 1;
    shows();
  }

  function left() {
    inside = Math.max(0, inside - 1);
    shows();
  }

  /** @param {DragEvent} event */
  function dropped(event) {
    if (!brings(event)) return;
    event.preventDefault();
    inside = 0;
    shows();
    const items = [...(event.dataTransfer?.items ?? [])];
    const files = event.dataTransfer?.files;
    const isFolder = items.some((item) => item.webkitGetAsEntry?.()?.isDirectory);
    const problem = isFolder ? "importDropFolder" : files?.length === 1 ? "" : "importDropMany";
    note.textContent = problem && t(problem);
    if (problem || !files) return;
    field.files = files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    note.textContent = t("importDropped", { name: files[0]?.name ?? "" });
    field.focus();
  }

  for (const kind of /** @type {const} */ (["dragenter", "dragover"])) page.addEventListener(kind, over, { signal });
  page.addEventListener("dragleave", left, { signal });
  page.addEventListener("drop", dropped, { signal });
}
