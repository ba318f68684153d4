// English: staff themselves, their passwords, and what they may do.

export default {
  staff: "Staff",
  account: "My account",
  // Ways in
  forgot: "Forgot your password?",
  forgotTitle: "Forgot your password?",
  forgotBody: "We send an email to the address you sign in with. With its link you choose a new password.",
  mailLink: "Send me the email",
  linkMailed:
    "If somebody signs in with this address, an email is on its way. Its link works for one hour. No email? Look in the spam folder, or ask the person who manages staff.",
  toSignIn: "Go to the sign-in",
  welcomeTitle: "Welcome: choose a password",
  welcomeBody:
    "You were invited to the staff of a practice. Choose the password you will sign in with. Nobody else knows it.",
  resetTitle: "Choose a new password",
  resetBody: "When you have chosen it, you are signed out everywhere else.",
  newPassword: "New password",
  newPasswordHint: "At least 15 characters, without your name. Four or more unrelated words make a strong one.",
  showPassword: "Show the password",
  choosePassword: "Choose this password and sign in",
  passwordSaved: "Your new password is saved, but you could not be signed in just now. Sign in with it here.",
  refusedWeakPassword:
    "This password is too short or too easy to guess. Use at least 15 characters, such as four unrelated words, without your name or the practice's.",
  refusedInvitationNotUsable:
    "This invitation was used, replaced or has expired. If you have chosen a password already, sign in with it. Otherwise ask the person who invited you for another email.",
  refusedLinkNotUsable: "This link was used, replaced or has expired. Ask for another email.",
  refusedEmailTaken: "Another staff member signs in with this address already.",
  refusedLastManager: "Nobody else who can sign in may manage staff. Let somebody else manage staff first.",
  refusedLastPassword:
    "Passwords are off, and this is the one person whose password still signs in. First choose another person, or turn passwords on again, under “Sign-in with the practice's account” in the settings.",
  accountClosed: "Your account at {organization} is closed. Ask whoever manages staff there if you need it.",
  accountClosedCall:
    "Your account at {organization} is closed. Ask whoever manages staff there if you need it, or call {phone}.",
};
