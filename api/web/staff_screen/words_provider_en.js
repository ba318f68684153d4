// English: the practice's own sign-in.

export default {
  providerSignIn: "Sign in with your practice's account",
  providerTitle: "Your practice's sign-in",
  providerOr: "Or by address and password:",
  providerOnly: "Staff of this practice sign in with its own account. A password works for one named person only.",
  providerClose: "Done. You can close this window and go on where you were.",
  providerNeedsStorage: "Your browser keeps nothing for this site. Allow it to, or sign in by password.",
  providerJoin: "Your practice signs its staff in with its own account. Accept the invitation with it:",
  refusedPasswordSignInOff: "Staff of this practice sign in with its own account, not by password.",
  refusedProviderSignInRefused: "Nobody was signed in. Start again.",
  refusedProviderSignInRefusedNO_PROVIDER:
    "This practice has no sign-in of its own. Sign in with your address and password.",
  refusedProviderSignInRefusedPROVIDER_AWAY: "Your practice's sign-in does not answer. Try again in a few minutes.",
  refusedProviderSignInRefusedPROVIDER_REFUSED:
    "Your practice's sign-in gave an answer that can't be used. Try again; if it stays, tell the person who manages integrations.",
  refusedProviderSignInRefusedCANCELLED: "You turned back at your practice's sign-in. Nothing was changed.",
  refusedProviderSignInRefusedSTART_AGAIN:
    "This sign-in took too long, was used already, or was begun in another window. Start again.",
  refusedProviderSignInRefusedNOT_KNOWN:
    "Your practice's sign-in knows you, and nobody here has that address. Ask the person who manages staff to add you with the address that you use there.",
  refusedProviderSignInRefusedINVITED: "You have not accepted your invitation. Open the link in the email first.",
  refusedProviderSignInRefusedNOT_PROVEN:
    "That was not a new sign-in of the person who is signed in here. Try again as yourself.",
  refusedProviderSignInRefusedTOO_MANY_ATTEMPTS:
    "Too many attempts from your network. Try again in a quarter of an hour.",
  // Settings
  provider: "Sign-in with the practice's account",
};
