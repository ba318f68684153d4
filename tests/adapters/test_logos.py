"""Strangers' pictures become logos that can be seen everywhere, or are refused with the reason."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from adapters.logos import ProcessLogoPainter
from adapters.logos.drawing import draw_logo
from clinic.values.limits import MOST_LOGO_BYTES
from clinic.values.logo import DrawnLogo, LogoProblem, LogoRefused
from dev.demo.logos import willow_logo

INK = (20, 30, 40)


def picture(size: tuple[int, int] = (600, 150), mode: str = "RGB") -> Image.Image:
    made = Image.new("RGB", size, "white")
    ImageDraw.Draw(made).ellipse((2, 2, size[0] - 3, size[1] - 3), fill=INK)
    return made.convert(mode)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png), formats=["PNG"])
    image.load()
    return image


def problem_of(content: bytes) -> LogoProblem:
    with pytest.raises(LogoRefused) as refused:
        draw_logo(content)
    return refused.value.problem


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_each_format_becomes_three_opaque_pictures(form: str) -> None:
    drawn = draw_logo(saved(picture(), form))
    screen, paper, icon = map(opened, (drawn.png, drawn.print_png, drawn.icon_png))
    assert (screen.height, paper.height, icon.size) == (112, 360, (64, 64))
    assert screen.width <= 560
    assert paper.width <= 840
    for made in (screen, paper, icon):
        assert made.mode in ("RGB", "P")
        assert "transparency" not in made.info
        # The plate: white in each corner, so that a dark logo keeps its edge on a dark page.
        assert made.convert("RGB").getpixel((0, made.height - 1)) == (255, 255, 255)
        assert made.convert("RGB").getpixel((made.width // 2, made.height // 2)) == pytest.approx(INK, abs=12)


def test_dark_logo_without_ground_gets_a_white_one() -> None:
    clear = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(clear).rectangle((100, 100, 200, 200), fill=(*INK, 255))
    screen = opened(draw_logo(saved(clear, "PNG")).png).convert("RGB")
    assert screen.getpixel((2, 2)) == (255, 255, 255)
    # The margin is cut, so the mark itself fills the plate.
    assert screen.getpixel((screen.width // 2, 14)) == INK


def test_letters_copy_is_small_even_for_a_photograph() -> None:
    noise = Image.effect_noise((3000, 1000), 120).convert("RGB")
    drawn = draw_logo(saved(noise, "PNG"))
    assert len(drawn.png) <= 100_000
    assert len(drawn.icon_png) <= 100_000


def test_photograph_is_turned_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was turned.
    exif[0x010E] = "12 Mill Lane"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "12 Mill Lane")
    turned = draw_logo(saved(picture((200, 600)), "JPEG", exif=exif))
    described = draw_logo(saved(picture(), "PNG", pnginfo=info))
    for drawn in (turned, described):
        for png in (drawn.png, drawn.print_png, drawn.icon_png):
            assert b"Mill Lane" not in png
            assert opened(png).info.keys() <= {"dpi"}
    assert opened(turned.png).width > opened(turned.png).height


def test_colours_of_another_space_are_converted() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn = draw_logo(saved(picture(), "PNG", icc_profile=profile))
    assert opened(drawn.png).convert("RGB").getpixel((opened(drawn.png).width // 2, 56)) == pytest.approx(INK, abs=3)
    assert draw_logo(saved(picture(), "PNG", icc_profile=b"no profile")) == draw_logo(saved(picture(), "PNG"))


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
REFUSED: dict[str, tuple[Callable[[], bytes], LogoProblem]] = {
    "svg": (lambda: SVG, LogoProblem.SVG),
    "svg with a mark before it": (lambda: b"\xef\xbb\xbf\n" + SVG, LogoProblem.SVG),
    "heic": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", LogoProblem.HEIC),
    "for a printing press": (lambda: saved(picture(mode="CMYK"), "JPEG"), LogoProblem.CMYK),
    "a gif": (lambda: saved(picture(mode="P"), "GIF"), LogoProblem.NOT_A_PICTURE),
    "a pdf": (lambda: b"%PDF-1.7\n", LogoProblem.NOT_A_PICTURE),
    "nothing": (lambda: b"", LogoProblem.NOT_A_PICTURE),
    "cut off": (lambda: saved(picture(), "PNG")[:400], LogoProblem.BROKEN),
    "all white": (lambda: saved(Image.new("RGB", (300, 300), "white"), "PNG"), LogoProblem.EMPTY),
    "all clear": (lambda: saved(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG"), LogoProblem.EMPTY),
    "tiny": (lambda: saved(picture((31, 31)), "PNG"), LogoProblem.TOO_SMALL),
    "too many pixels": (lambda: saved(Image.new("1", (4001, 4000)), "PNG"), LogoProblem.TOO_MANY_PIXELS),
    "a bomb": (lambda: saved(Image.new("1", (20_000, 20_000)), "PNG"), LogoProblem.TOO_MANY_PIXELS),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_a_logo_is_refused_with_the_reason(name: str) -> None:
    draw, problem = REFUSED[name]
    assert problem_of(draw()) is problem


@pytest.mark.parametrize("size", [(40, 4000), (4000, 40), (32, 1)])
def test_strange_proportions_stay_inside_the_plate(size: tuple[int, int]) -> None:
    drawn = draw_logo(saved(Image.new("RGB", size, INK), "PNG"))
    assert opened(drawn.png).height == 112
    assert opened(drawn.png).width <= 560


async def test_redrawing_happens_in_a_process_of_its_own() -> None:
    painter = ProcessLogoPainter()
    assert await painter.redraw(willow_logo()) == draw_logo(willow_logo())
    with pytest.raises(LogoRefused) as refused:
        await painter.redraw(SVG)
    assert refused.value.problem is LogoProblem.SVG


async def test_larger_file_is_refused_before_it_is_opened() -> None:
    with pytest.raises(LogoRefused) as refused:
        await ProcessLogoPainter().redraw(b"x" * (MOST_LOGO_BYTES + 1))
    assert refused.value.problem is LogoProblem.TOO_LARGE


async def test_picture_that_takes_too_long_is_refused() -> None:
    with pytest.raises(LogoRefused) as refused:
        await ProcessLogoPainter(seconds=0.001).redraw(willow_logo())
    assert refused.value.problem is LogoProblem.BROKEN


def test_logo_shows_no_bytes_in_logs() -> None:
    assert repr(DrawnLogo(b"a", b"b", b"c")) == "DrawnLogo()"
