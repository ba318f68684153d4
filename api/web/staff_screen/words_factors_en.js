// English: second factors and the fresh sign-in.

export default {
  mustAddFactor: "Your practice asks for a second factor. Add one; nothing else is open until then.",
  refusedSecondFactorNeeded: "The password is right. A second factor is asked for.",
  refusedFreshSignInNeeded: "This needs your password again. Try once more.",
  refusedFactorRefused: "This is not right, or was used before. Wait for the next code, or use another way.",
  refusedChallengeNotUsable: "This took too long or is done already. Start again.",
  refusedLastFactor: "Your practice asks for a second factor, and this is your only one. Add another one first.",
  refusedLongerPasswordNeeded:
    "Your password does only together with a second factor. Choose one of at least 15 characters first.",
  // The second step
  secondStepTitle: "Second step",
  secondStepBody: "The password is right. Now show that it is you.",
  usePasskey: "Use a passkey",
  passkeyNotUsed: "No passkey was used. Try again, or choose another way.",
  passkeyKnown: "There is a passkey of yours here already.",
  codeFromApp: "Code from your app",
  codeHint: "Six digits. The app shows new ones every 30 seconds.",
  goOnSignIn: "Go on",
  useRecoveryCode: "Use a recovery code instead",
  recoveryCode: "Recovery code",
  handedOverCode: "Code that you were handed",
  handedOverBody: "Your second factor was reset. Enter the code that the person who manages staff gave you.",
  startAgain: "Start again",
  freshLeft: "Nothing was changed: this needs your password.",
};
