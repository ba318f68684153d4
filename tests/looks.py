"""How a page may be looked at: on a small screen or a large one, in the dark, in colours that a person forces on it."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from playwright.async_api import Page


@dataclass(frozen=True)
class Look:
    """A size of the window, and colours."""

    width: int
    height: int
    color_scheme: Literal["light", "dark"] = "light"
    forced_colors: Literal["active", "none"] = "none"

    @property
    def name(self) -> str:
        forced = "-forced-colours" if self.forced_colors == "active" else ""
        return f"{self.width}{forced}{'-dark' if self.color_scheme == 'dark' else ''}"

    @property
    def has_other_colours(self) -> bool:
        return (self.color_scheme, self.forced_colors) != ("light", "none")

    async def put_on(self, page: Page) -> None:
        await page.set_viewport_size({"width": self.width, "height": self.height})
        await page.emulate_media(color_scheme=self.color_scheme, forced_colors=self.forced_colors)


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What `make look` takes a picture in.
EVERY_LOOK = tuple(Look(width, 900, scheme) for width, scheme in product((320, 390, 1280), SCHEMES))
