// What the public API answers to the questions that these scripts ask. Optional is what not every question asks for.

interface IconStatus {
  state: string;
  icon?: string;
  summary: string;
  action: string | null;
  blockedReason: string | null;
  alsoAllowed?: string[];
  addressOnOtherRecord?: boolean;
  account?: Account | null;
}

interface IconContact {
  id: string;
  displayName?: string;
  email?: string | null;
  portalStatus: IconStatus | null;
  currentEpisode?: { facility: { name: string } | null } | null;
}

interface Account {
  id: string;
  email: string;
}

interface HTMLElementTagNameMap {
  "portal-status": import("../elements/parts/element.js").PortalStatusElement;
}
