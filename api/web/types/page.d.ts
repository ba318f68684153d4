// What the scripts share besides the API's answers.

interface HTMLElementTagNameMap {
  "portal-status": import("../elements/parts/element.js").PortalStatusElement;
}

/** Options of a question to the API. */
interface AskOptions {
  patient?: boolean;
  renew?: boolean;
  signal?: AbortSignal;
}

/** What may stand in an element. What is null, undefined or false is left out. */
type Leaf = Node | string | number | boolean | null | undefined;
type Child = Leaf | Child[];
type About = import("../staff_screen/router.js").About;
/** What was typed into a form, by the fields' names. */
type Typed = Record<string, any>;
/** Shows a page or a list anew after something changed. */
type Again = () => Promise<unknown>;
