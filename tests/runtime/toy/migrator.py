"""A process that migrates: `migrator DATABASE_URL MIGRATIONS_MODULE`, begun by a line on its input.

It prints the names of what it applied.
"""

import asyncio
import json
import sys

from runtime.database import migrate
from tests.runtime.toy import toy_apps

if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asyncio.run(migrate(sys.argv[1], apps=toy_apps(sys.argv[2])))), flush=True)
