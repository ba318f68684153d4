"""Why a backup or a restore was not done."""


class BackupFailed(Exception):
    """The reason, in one sentence with the remedy."""
