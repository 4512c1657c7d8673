"""The pulse of a server: `python -m bench.pulse PORT` asks /healthz again and again, and prints each answer's seconds.

What answers is the event loop alone, so it takes as long as the loop is held; from a process of its own, so that
nothing else that a bench does holds the asking up.
"""

import http.client
import sys
import time

PAUSE = 0.005  # seconds between two questions


def main(port: str) -> None:
    """Ask until told to stop."""
    asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    while True:
        began = time.perf_counter()
        asked.request("GET", "/healthz")
        asked.getresponse().read()
        print(time.perf_counter() - began, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(*sys.argv[1:])
