"""The seal: made, timestamped and checked in throw-away processes. What makes a file authentic: `verifying`."""

from adapters.sealing.key import SigningKeyFile as SigningKeyFile
from adapters.sealing.sealer import PyhankoSealer as PyhankoSealer
from adapters.sealing.trust import Known as Known
