"""`GET /metrics`: who may read the metrics, and how they are put together."""

import asyncio
from collections.abc import Callable, Iterable
from hmac import compare_digest
from ipaddress import ip_address, ip_network

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from clinic.values.ports import Services
from runtime.monitoring.counters import Counters
from runtime.monitoring.samples import Sampler, written
from runtime.settings import Settings

# A proxy on this machine has a loopback address, and so would everybody whose requests it passes on.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_REFUSED = "Ask from this machine or a trusted network, without a proxy between, or set VESTIBULE_METRICS_TOKEN.\n"


class MetricsPage:
    """Answers for a face or a worker. With a token everybody needs it; without one, near addresses only."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        counters: Counters,
        more: Callable[[], list[Metric]] = list,
    ) -> None:
        self._token = settings.metrics_token
        self._trusted = tuple(ip_network(network) for network in settings.trusted_proxies)
        self._counters = counters
        self._sampler = Sampler(services)
        self._more = more

    async def answer(self, request: Request) -> Response:
        if self._token:
            if not self._has_token(request):
                headers = {"WWW-Authenticate": "Bearer"}
                return PlainTextResponse("Send the token of VESTIBULE_METRICS_TOKEN.\n", 401, headers)
        elif not self._is_near(request):
            return PlainTextResponse(_REFUSED, 403)
        return await self.metrics()

    async def metrics(self) -> Response:
        """What the processes of this server counted, and what its database says now."""
        counted = await asyncio.to_thread(self._counters.exposition)
        sampled = await self._sampler.exposition()
        return Response(counted + sampled + written(self._more()), media_type=CONTENT_TYPE_LATEST)

    def _has_token(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and compare_digest(token.strip().encode(), self._token.encode())

    def _is_near(self, request: Request) -> bool:
        if any(name in request.headers for name in _FORWARDED) or request.client is None:
            return False
        return is_near(request.client.host, self._trusted)


def is_near(host: str, trusted: Iterable[object]) -> bool:
    """Whether the address is of this machine or in one of the networks."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or any(address in network for network in trusted)  # type: ignore[operator]
