// English: transfers.

export default {
  refusedSecondPersonNeededREQUESTED_IT: "You asked for this, so a colleague has to decide.",
  refusedSecondPersonNeededACCOUNT_TOO_NEW:
    "Your account is newer than this request. A colleague who was here before it has to approve it.",
  refusedSecondPersonNeededCREATED_BY_REQUESTER:
    "The person who asked for this created your account. Another colleague has to approve it.",
  refusedSecondPersonNeededPERMISSION_FROM_REQUESTER:
    "The person who asked for this gave you the permission to approve it. Another colleague has to.",
  refusedSecondPersonNeededNO_SECOND_FACTOR:
    "Your practice asks for a second factor. Add a passkey or codes from an app on your account page, then approve.",
  refusedSecondPersonNeededIS_PROGRAM: "Two persons have to do this, and a program is none.",
  refusedSecondPersonNeededREQUESTED_BY_PROGRAM:
    "A program asked for this, so nobody can approve it. Decline it, and ask for it yourself.",
  refusedNotYourRequest: "Somebody else asked for this, and only they can withdraw it. You can decline it.",
  transferWaits: "A transfer is waiting",
  withdrawTransfer: "Withdraw the request",
  transferWithdrawn: "The request is withdrawn. The account stays where it is.",
  transferWanted: "Asked for",
  transferHolder: "Has it now",
  transferAccount: "Account",
  transferLinked: "Linked",
  transferSignedIn: "Last sign-in",
};
