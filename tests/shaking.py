"""Browsers that are slow by chance, to find tests and screens that only work when everything is fast.

With `VESTIBULE_TEST_SHAKE=<seed>` each window gets a processor of a quarter of the speed, each request and each answer
of the API comes up to 900 ms late and so in another order, and live screens hear again and again that something
changed. The seed repeats the delays of a window. Without the variable there is nothing of this.
"""

import asyncio
import os
from itertools import count
from random import Random
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Page, Route

SEED = os.environ.get("VESTIBULE_TEST_SHAKE", "")
LONGEST_DELAY = 0.9
# What the browser says when it does not run the script below in a sandboxed frame, such as a letter's preview.
COMPLAINTS = ("Blocked script execution in ",) if SEED else ()
_SLOWER = 4
_windows = count(1)

# Runs in the page before any script of ours. Answers of the API wait, and what a live screen listens for is told it.
_LATE_ANSWERS = """(() => {
  let state = SEED;
  const chance = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const asked = window.fetch;
  window.fetch = async (address, options) => {
    const answer = await asked(address, options);
    await new Promise((done) => setTimeout(done, chance() * LONGEST));
    options?.signal?.throwIfAborted();
    return answer;
  };
  const FIELD = /(portalStatusChanged|documentChanged|appointmentsChanged)/;
  const wanted = new Map();
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    send(text) {
      const { type, id, payload } = JSON.parse(text);
      const field = type === "subscribe" && FIELD.exec(payload.query)?.[1];
      if (field) wanted.set(id, { socket: this, field, ids: payload.variables?.ids });
      if (type === "complete") wanted.delete(id);
      super.send(text);
    }
  };
  const tell = () => {
    for (const [id, { socket, field, ids }] of wanted) {
      if (socket.readyState !== Plain.OPEN) wanted.delete(id);
      else if (chance() < 0.5) {
        const data = { [field]: ids?.length ? { id: ids[Math.floor(chance() * ids.length)] } : null };
        const told = JSON.stringify({ type: "next", id, payload: { data } });
        socket.onmessage?.(new MessageEvent("message", { data: told }));
      }
    }
    setTimeout(tell, 300 + chance() * 1500);
  };
  setTimeout(tell, 300);
})()"""


def shaken(browser: Browser) -> Browser:
    """The same browser, whose new contexts are slow if the environment asks for it."""
    if SEED:
        fast = browser.new_context

        async def new_context(**settings: Any) -> BrowserContext:
            return await _slowed(await fast(**settings), Random(f"{SEED}-{next(_windows)}"))

        browser.new_context = new_context  # type: ignore[method-assign]
    return browser


async def _slowed(context: BrowserContext, chance: Random) -> BrowserContext:
    async def late(route: Route) -> None:
        await asyncio.sleep(chance.uniform(0, LONGEST_DELAY))
        try:
            await route.fallback()
        except Error:
            # The window was closed meanwhile.
            return

    async def throttle(page: Page) -> None:
        try:
            session = await context.new_cdp_session(page)
            await session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
        except Error:
            return

    script = _LATE_ANSWERS.replace("SEED", str(chance.getrandbits(31))).replace("LONGEST", str(LONGEST_DELAY * 1000))
    await context.add_init_script(script)
    await context.route("**/*", late)
    context.on("page", throttle)
    return context
