"""Makes, timestamps and verifies seals in single-use processes. `verifying` defines what makes a file authentic."""

from adapters.sealing.key import SigningKeyFile as SigningKeyFile
from adapters.sealing.sealer import PyhankoSealer as PyhankoSealer
from adapters.sealing.trust import TrustStore as TrustStore
