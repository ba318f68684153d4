// Offers to show what is typed in a password box, and to take the words beside it. Without this file the box works all the
// same.
/** @type {NodeListOf<HTMLInputElement>} */
const boxes = document.querySelectorAll("input[data-show]");
for (const box of boxes) {
  const show = button(box, () => (box.type === "text" ? hide() : reveal()));
  const hide = () => {
    box.type = "password";
    show.textContent = box.dataset.show ?? "";
  };
  const reveal = () => {
    box.type = "text";
    show.textContent = box.dataset.hide ?? "";
  };
  // A password manager must see a password box when the form leaves.
  box.form?.addEventListener("submit", hide);
  hide();
  box.after(show);
  if (box.dataset.take) {
    const take = button(box, () => {
      box.value = box.dataset.words ?? "";
      reveal();
      box.focus();
    });
    take.textContent = box.dataset.take;
    show.after(" ", take);
  }
}

/**
 * @param {HTMLInputElement} box
 * @param {() => void} action
 */
function button(box, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet show";
  made.setAttribute("aria-controls", box.id);
  made.addEventListener("click", action);
  return made;
}
