"""How fast one person, and one address, may ask: a bucket each, kept by every process for itself.

A replica knows of its own requests alone, so that n of them let n times as many through; what must hold over all replicas
is counted with its effect (`chassis.allowance`). Keeping buckets in a database would cost each request what it protects.
"""

import ipaddress
import math
import time
from collections.abc import Callable
from operator import itemgetter

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.limits import Rate
from chassis.problems import Problem, response_of

THROTTLED = Counter("ombud_http_throttled_total", "Requests refused because they came too fast", ["limit"])
PROBES = ("/livez", "/readyz")
_MOST_KNOWN = 100_000
"""Buckets that are remembered, about 20 MB."""
_IPV6_NETWORK = 64
"""Bits that name the network of one customer, who chooses the others (RFC 6177)."""


class Buckets:
    """A bucket for each who asks: as many requests as a rate names at once, and as many again while its time passes."""

    def __init__(
        self, rate: Rate, monotonic: Callable[[], float] = time.monotonic, most_known: int = _MOST_KNOWN
    ) -> None:
        self.rate = rate
        self._step = rate.within_seconds / rate.times
        self._monotonic = monotonic
        self._most_known = most_known
        self._full_at: dict[str, float] = {}
        """When a bucket will be full again: that alone says how much is in it (the generic cell rate algorithm)."""

    def take(self, who: str) -> float:
        """Take one request; return 0, or the seconds until there will be one to take."""
        now = self._monotonic()
        full_at = max(self._full_at.get(who, now), now) + self._step
        wait = full_at - now - self.rate.within_seconds
        if wait > 1e-9:
            return wait
        if len(self._full_at) >= self._most_known:
            self._forget(now)
        self._full_at[who] = full_at
        return 0.0

    def _forget(self, now: float) -> None:
        """Forget the buckets that are full; and the fuller half when few are, since memory must be bounded."""
        self._full_at = {who: at for who, at in self._full_at.items() if at > now}
        if len(self._full_at) > self._most_known // 2:
            kept = sorted(self._full_at.items(), key=itemgetter(1))[-(self._most_known // 2) :]
            self._full_at = dict(kept)


def refuse_if_too_fast(buckets: Buckets | None, who: str, limit: str) -> None:
    """Count a request. Raises Problem (429) with the seconds to wait."""
    wait = buckets.take(who) if buckets else 0.0
    if buckets and wait:
        THROTTLED.labels(limit).inc()
        rate = buckets.rate
        raise Problem(
            429,
            "too_fast",
            f"At most {rate.times} requests in {rate.within_seconds} seconds. Wait as long as Retry-After says.",
            facts={"limit": limit, "times": rate.times, "within_seconds": rate.within_seconds},
            headers={"Retry-After": str(math.ceil(wait))},
        )


class AddressLimit:
    """ASGI layer that refuses who asks too fast, before anything of the request is read. Probes are not counted."""

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            try:
                refuse_if_too_fast(self._buckets, network_of(scope.get("client")), "address")
            except Problem as problem:
                await response_of(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def network_of(client: tuple[str, int] | None) -> str:
    """Return whom an address stands for: itself, or with IPv6 the network that is one customer's."""
    host = client[0] if client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, _IPV6_NETWORK), strict=False).network_address)
