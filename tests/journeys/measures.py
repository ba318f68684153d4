"""What a test asks of a whole page of the staff screen at once, in the browser's own words."""

# Whether no control of the page is under what was said, when one reaches it or the end of the page.
THE_NOTICE_COVERS_NOTHING = """() => {
  const said = document.querySelector("#notices").getBoundingClientRect();
  const isUnder = control => {
    const { top, bottom, left, right } = control.getBoundingClientRect();
    return bottom > said.top && top < said.bottom && right > said.left && left < said.right;
  };
  const controls = [...document.querySelectorAll("main :is(a, button, input, select, textarea)")];
  const shown = controls.filter(control => control.checkVisibility());
  scrollTo(0, 0);
  const reached = shown.every(control => { control.focus(); return !isUnder(control); });
  scrollTo(0, document.documentElement.scrollHeight);
  return shown.length > 8 && reached && !shown.some(isUnder);
}"""

# Whether each person's whole name can be read in the glance: nothing of it is outside its tile or its button. The
# letters' boxes are up to three pixels higher than the narrow lines.
NO_NAME_IS_CUT = """() => {
  const names = [...document.querySelectorAll(".glance button.row")];
  return names.length === 50 && names.every(name => {
    const range = document.createRange(), tile = name.closest("li").getBoundingClientRect();
    range.selectNodeContents(name);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    const isWhole = name.scrollWidth <= name.clientWidth && getComputedStyle(name).textOverflow === "clip";
    return isWhole && left >= tile.left && right <= tile.right && top >= tile.top - 3 && bottom <= tile.bottom + 3;
  });
}"""

# What the page's heading said whenever the page claimed to be at rest.
WATCH = """() => {
  window.atRest = [];
  const main = document.querySelector("#main");
  const look = () => main.hasAttribute("aria-busy") || window.atRest.push(main.querySelector("h1")?.textContent);
  new MutationObserver(look).observe(main, { attributes: true, childList: true });
}"""
