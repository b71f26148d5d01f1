"""What a proof is made of: a fact that holds, or the end of the run."""
import time
import urllib.error
import urllib.request


class Failed(Exception):
    """Something is not as it must be."""


def expect(condition, what, seen=""):
    """Prints the fact, or fails with what was seen instead."""
    if not condition:
        raise Failed(f"{what}\nseen: {str(seen)[-4000:]}")
    print(f"ok: {what}", flush=True)


def eventually(probe, what, seconds=60):
    """Waits until `probe` returns something true, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := probe():
            print(f"ok: {what}", flush=True)
            return found
        time.sleep(0.2)
    raise Failed(f"{what}\nseen: nothing of it in {seconds} s")


def get(url, headers, timeout=60):
    """Status and body of an answer, whatever its status."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
