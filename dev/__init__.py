"""What only development and the demo need: the demo practice and a mail catcher. Not in the production image."""
