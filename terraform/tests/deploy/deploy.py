#!/usr/bin/env python3
"""Deploys for real: the real Terraform provider, the real packages, an emulator for AWS.

usage: deploy.py EMULATOR WORK_FOLDER PROGRAMS

EMULATOR     ministack or localemu, installed for the Python that runs this
WORK_FOLDER  where states and logs go; emptied first
PROGRAMS     the folder of `lychgate`, `local` and `examples/walk`

Expects target/lambda to be packaged. Two services are deployed side by side into one account: our own document
(api.py) and a small one (events.py). Every proof prints one line; the first that fails ends its service's proofs, and
the run with status 1.
"""
import concurrent.futures
import pathlib
import shutil
import sys

import authorization
from api import Api
from emulators import LocalEmu, MiniStack
from events import Events
from proof import Failed, expect

EMULATORS = {"ministack": MiniStack, "localemu": LocalEmu}


def prove(work, emulator, programs):
    """Both services at the same time, then what concerns both."""
    services = Api(work, emulator, programs), Events(work, emulator, programs)
    with concurrent.futures.ThreadPoolExecutor() as both:
        proofs = [both.submit(service.prove) for service in services]
        for proof in concurrent.futures.as_completed(proofs):
            if failure := proof.exception():
                print(f"failed: {failure}", file=sys.stderr, flush=True)
    for proof in proofs:
        proof.result()
    prove_side_by_side(*services)


def prove_side_by_side(dev, test):
    """Two environments of one application in one account."""
    ours, theirs = (
        {(it["type"], it["values"].get("arn") or it["values"]["id"]) for it in service.terraform.resources()}
        for service in (dev, test)
    )
    expect(ours and theirs and not ours & theirs, "two environments share nothing", ours & theirs)
    before = authorization.read(test, "one.txt")
    dev.destroy()
    after = authorization.read(test, "one.txt")
    expect(before[0] == 200 and before == after, "one is destroyed, and the other answers as before", (before, after))
    test.destroy()


def main():
    emulator, work, programs = sys.argv[1], *(pathlib.Path(it).resolve() for it in sys.argv[2:4])
    shutil.rmtree(work, ignore_errors=True)
    (work / "logs").mkdir(parents=True)
    emulator = EMULATORS[emulator](work)
    try:
        with emulator.running():
            prove(work, emulator, programs)
    except Failed as failure:
        print(f"failed: {str(failure).splitlines()[0]}\nlogs: {work / 'logs'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
