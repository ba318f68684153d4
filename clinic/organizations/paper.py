"""Which paper a new practice uses unless somebody says so: that of the country its time zone belongs to."""

from babel.core import get_global

from clinic.values.paper import PaperSize

# Where Letter is usual (Unicode CLDR, supplemental data, paperSize). A4 is everywhere else.
_LETTER_COUNTRIES = frozenset("BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split())  # noqa: SIM905 - as CLDR lists them


def usual_paper(time_zone: str) -> PaperSize:
    """The paper of the country that this IANA zone belongs to; A4 for a zone without one, such as UTC."""
    zone = get_global("zone_aliases").get(time_zone, time_zone)
    country = get_global("zone_territories").get(zone)
    return PaperSize.LETTER if country in _LETTER_COUNTRIES else PaperSize.A4
