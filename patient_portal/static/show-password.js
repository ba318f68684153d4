// Offers to show what is typed in a password box. Without this file the box works all the same.
/** @type {NodeListOf<HTMLInputElement>} */
const boxes = document.querySelectorAll("input[data-show]");
for (const box of boxes) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet show";
  button.setAttribute("aria-controls", box.id);
  const hide = () => {
    box.type = "password";
    button.textContent = box.dataset.show ?? "";
  };
  button.addEventListener("click", () => {
    if (box.type === "text") return hide();
    box.type = "text";
    button.textContent = box.dataset.hide ?? "";
  });
  // A password manager must see a password box when the form leaves.
  box.form?.addEventListener("submit", hide);
  hide();
  box.after(button);
}
