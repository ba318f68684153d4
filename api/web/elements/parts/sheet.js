// How the element is dressed. docs/embedding.md lists the properties and parts that a page may style.

export const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: inline-block; position: relative; max-width: 100%; vertical-align: middle;
  --gray: var(--portal-status-gray, #6d7883); --blue: var(--portal-status-blue, #2673c8); --red: var(--portal-status-warning, #d0252b);
  --surface: var(--portal-status-surface, #ffffff); --ink: var(--portal-status-ink, #16202a); --line: var(--portal-status-line, #6b7884);
  --accent: var(--portal-status-accent, #1d4f7c); --on-accent: var(--portal-status-on-accent, #ffffff);
  --bad: var(--portal-status-warning, #a6151b); --focus: var(--portal-status-focus, var(--accent)); --radius: var(--portal-status-radius, 6px); }
@supports (color: light-dark(red, red)) { :host {
  --gray: var(--portal-status-gray, light-dark(#66717c, #a3afba)); --blue: var(--portal-status-blue, light-dark(#1863b0, #7db8f5));
  --red: var(--portal-status-warning, light-dark(#c0161c, #ff8f87)); --surface: var(--portal-status-surface, light-dark(#ffffff, #1b2127));
  --ink: var(--portal-status-ink, light-dark(#16202a, #eef2f5)); --line: var(--portal-status-line, light-dark(#6b7884, #8895a1));
  --accent: var(--portal-status-accent, light-dark(#1d4f7c, #9cc4ec)); --on-accent: var(--portal-status-on-accent, light-dark(#ffffff, #06121d));
  --bad: var(--portal-status-warning, light-dark(#a6151b, #ffa49c)); } }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
button { font: inherit; cursor: pointer; }
.icon { display: inline-flex; align-items: center; gap: 8px; min-height: var(--portal-status-target, 32px); min-width: var(--portal-status-target, 32px);
  max-width: 100%; padding: 2px 6px; border: 2px solid transparent; border-radius: var(--radius); background: transparent; color: inherit; text-align: start; }
@media (pointer: coarse) { .icon { min-height: var(--portal-status-target, 44px); min-width: var(--portal-status-target, 44px); } }
.icon:hover { border-color: currentcolor; }
.icon[aria-busy] { cursor: progress; }
.icon.blocked { cursor: help; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
:host([display="icon"]) .text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:host([display="icon"]) .icon { justify-content: center; padding: 2px; }
svg { flex: none; width: var(--portal-status-size, 24px); height: var(--portal-status-size, 24px); overflow: visible; pointer-events: none;
  fill: none; stroke-linecap: round; stroke-linejoin: round; stroke-width: 2; }
.globe { stroke: var(--gray); }
.INVITED .globe, .ACCOUNT_NOT_LINKED .globe, .LINKED .globe { stroke: var(--blue); }
.loading .globe, .failed .globe, .ended .globe, .missing .globe { stroke-dasharray: 2 3; }
.person { fill: var(--portal-status-person, currentcolor); }
.person.outline { fill: none; stroke: var(--gray); stroke-width: 1.6; }
.mark { stroke: var(--portal-status-person, currentcolor); stroke-width: 2.4; }
.mark.filled { fill: var(--portal-status-person, currentcolor); stroke: none; }
.inner { stroke: var(--surface); stroke-width: 1.6; }
.warning { fill: var(--red); stroke: var(--red); stroke-width: 1.6; }
.exclamation { stroke: var(--surface); stroke-width: 2; }
.tip { position: fixed; inset: auto; margin: 0; z-index: 2147483647; width: max-content; max-width: min(24rem, calc(100vw - 16px)); padding: 8px 12px;
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink); box-shadow: 0 4px 20px rgb(0 0 0 / .25);
  font-size: max(1em, 14px); line-height: 1.45; font-weight: 400; text-align: start; white-space: normal; overflow-wrap: anywhere; }
.tip p { margin: 0; } .tip p + p { margin-top: 6px; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
dialog { width: min(32rem, calc(100vw - 16px)); max-height: calc(100vh - 32px); overflow: auto; padding: 24px; border: 1px solid var(--line);
  border-radius: var(--radius); background: var(--surface); color: var(--ink); box-shadow: 0 8px 40px rgb(0 0 0 / .35); overflow-wrap: anywhere;
  font-size: max(1em, 16px); font-weight: 400; line-height: 1.5; text-align: start; white-space: normal; }
dialog::backdrop { background: rgb(10 16 22 / .55); }
h2 { width: fit-content; margin: 0 0 12px; font-size: 1.25em; line-height: 1.3; outline-offset: 4px; } h2:focus:not(:focus-visible) { outline: none; }
dialog p { margin: 0 0 12px; }
.address { padding: 8px 12px; border: 2px solid var(--line); border-radius: var(--radius); font-size: 1.125em; font-weight: 650; }
.note { padding: 8px 12px; border-inline-start: 6px solid var(--line); }
.error { padding: 8px 12px; border: 2px solid var(--bad); border-inline-start-width: 8px; border-radius: var(--radius); }
label, legend { display: block; margin-bottom: 4px; font-weight: 650; } fieldset { margin: 0 0 12px; padding: 0; border: 0; min-width: 0; }
label.pick { display: flex; gap: 12px; align-items: center; min-height: 44px; margin: 0; font-weight: 400; } input { width: 24px; height: 24px; margin: 0; flex: none; accent-color: var(--accent); }
select { width: 100%; min-height: 44px; margin-bottom: 16px; padding: 8px 12px; border: 2px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--ink); font: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
.buttons button, .buttons a { display: inline-flex; align-items: center; min-height: 44px; padding: 8px 16px; border: 2px solid var(--line); border-radius: var(--radius);
  background: transparent; color: var(--ink); font: inherit; text-decoration: none; text-align: start; }
.buttons .primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 650; }
.buttons [aria-disabled] { opacity: .65; cursor: progress; }
@media (forced-colors: active) {
  .globe, .person.outline, .INVITED .globe, .ACCOUNT_NOT_LINKED .globe, .LINKED .globe { stroke: ButtonText; }
  .NO_EMAIL .globe { stroke: GrayText; } .person.outline { stroke: GrayText; }
  .person, .mark.filled { fill: ButtonText; } .mark { stroke: ButtonText; }
  .warning { fill: ButtonText; stroke: ButtonText; } .inner, .exclamation { stroke: ButtonFace; }
  .buttons .primary { border-width: 4px; }
}
@media print { .icon { border: 0; } .tip, dialog { display: none; } }
`);
