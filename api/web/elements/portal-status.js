// <portal-status contact-id="…">: the icon of one contact's way into the patient portal, for any page.
// The server joins this file and its parts into one (joining.py). docs/embedding.md says how to use it; every part and
// property that a page may style is listed there.
// Words are text, never markup; styles are a constructed sheet: the strictest Content-Security-Policy may stand.

import { apply, configure, refresh } from "./parts/asking.js";
import { PortalStatusElement } from "./parts/element.js";

if (!customElements.get("portal-status")) customElements.define("portal-status", PortalStatusElement);

export { apply, configure, refresh };
