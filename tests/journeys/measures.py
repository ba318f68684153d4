"""What a test asks of a whole page of the staff screen at once, in the browser's own words."""

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
