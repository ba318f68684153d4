// English: one's own second factors, and the fresh sign-in.

export default {
  secondFactor: "Second factor",
  noSecondFactor: "You sign in with your password alone. A second factor keeps others out who know it.",
  secondFactorBody: "After your password, you are asked for one of these.",
  // The fresh sign-in
  freshTitle: "Is it you?",
  freshBody: "You signed in a while ago, and this is an important change. Enter your password to go on.",
  // Adding and removing
  addPasskey: "Add a passkey",
  passkeyBody:
    "A passkey is kept by this device, your phone or a security key, and opened by your finger, face or PIN.",
  notShared:
    "Not on a log-on that you share with others: everybody who can unlock this device could then use your passkey.",
  passkeyName: "Name",
  passkeyNameHint: "Where it is kept, such as “My phone”.",
  makePasskey: "Make the passkey",
  passkeyCalled: "Passkey “{name}”",
  addCodes: "Add codes from an app",
  replaceCodes: "Set up the app anew",
  codesBody: "Scan this with an authenticator app on your phone.",
  qrCode: "QR code for the authenticator app",
  secretToType: "Or type this into the app:",
  firstCode: "Code that the app shows",
  addTheseCodes: "Add the codes",
  codesFromApp: "Codes from an app",
  factorSince: "Added {at}",
  factorUsed: "last used {at}",
  factorAdded: "Your second factor is added. We have sent you an email about it.",
  removeFactor: "Remove",
  removeFactorName: "Remove: {name}",
  removeFactorAsk: "Remove this? {name}",
  removeFactorBody: "It is not asked for any more.",
  factorRemoved: "Removed: {name}. We have sent you an email about it.",
  renewRecoveryCodes: "New recovery codes",
  recoveryCodes: "Recovery codes",
  recoveryCodesBody:
    "Each of these lets you in once when you have neither passkey nor app. They are shown only now. Print them or keep them in a password manager.",
  codesKept: "I have kept them",
  copyCodes: "Copy",
  codesCopied: "The codes are copied.",
  printCodes: "Print",
  // Resetting a colleague's
  resetFactors: "Reset the second factor",
  resetFactorsName: "Reset the second factor of {name}",
  resetFactorsAsk: "Reset the second factor of {name}?",
  resetFactorsBody:
    "Their passkeys and codes are removed and they are signed out. You get a code for them. Make sure that you speak with the person themselves.",
  factorsReset: "The second factor of {name} is reset.",
  handOver:
    "Hand this code to {name}. It works once, within 24 hours, after the password. Then they add a new second factor. It is shown only now.",
};
