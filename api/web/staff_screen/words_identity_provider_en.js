// English: settings of the practice's own sign-in.

export default {
  providerProve: "Show it with your practice's account",
  providerProveWait: "Go on in the window that has opened. This one waits.",
  providerBody:
    "Your staff can sign in at your own provider (OpenID Connect). It decides who they are; what they may do is still decided here.",
  noProvider: "No provider is set. Staff sign in by address and password.",
  issuer: "Issuer",
  issuerHint: "As your provider shows it, such as https://login.microsoftonline.com/your-tenant-id/v2.0",
  clientId: "Client ID",
  clientSecret: "Client secret",
  clientSecretHint: "Leave it empty to keep the one that is stored.",
  callbackUrl: "Redirect address, to register at your provider",
  verifiedDomains: "Domains whose addresses are verified",
  verifiedDomainsHint:
    "One in each line. Only for providers that don't say so themselves, such as Microsoft: you say that each address in these domains belongs to the person who has it there.",
  providerSave: "Check and save the provider",
  providerSaved: "The provider is saved. Staff can sign in there now.",
  providerRemove: "Remove the provider",
  providerRemoved: "The provider is removed. Staff sign in by address and password.",
  passwords: "Passwords",
  passwordsOn: "Staff also sign in by password.",
  passwordsOff: "Staff sign in at the provider only, but for one person: {name}.",
  passwordsOffHint:
    "You can turn passwords off once somebody who may manage staff has signed in at the provider. One person's password keeps working, for the day when the provider does not.",
  breakGlass: "Whose password keeps working",
  breakGlassHint: "Somebody who may manage staff and has a password.",
  breakGlassChange: "Keep this person's password working",
  passwordsTurnOff: "Turn passwords off",
  passwordsTurnOn: "Turn passwords on again",
  passwordsSaved: "It holds from now on.",
  wrongProvider_issuer:
    "There is no usable provider at this address, or it does not answer. Use your own tenant's issuer.",
  wrongProvider_clientSecret: "Enter the secret that your provider gave you.",
  wrongProvider_verifiedDomains: "Use up to 20 domains such as practice.example, without @.",
  wrongProvider_passwordSignIn: "First somebody who may manage staff has to sign in at the provider.",
  wrongProvider_breakGlassStaffMemberId: "Choose somebody who is active, may manage staff and has a password.",
};
