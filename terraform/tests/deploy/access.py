"""ACCESS.md: what functions and integrations may do, as deployed."""
import json
import os
import re

from proof import expect
from terraform import ROOT

ACCESS = ROOT / "terraform" / "ACCESS.md"
HEAD = """\
# What each function and each role of an integration may do

Written by `LYCHGATE_BLESS=1 .ci/deploy` from the roles of a deployed environment `dev`; the same run fails
when a role differs from this page, and when one gains a `*`.

| function or role | action | resource |
|---|---|---|
"""
# Services without resource-level permissions: traces, the network interfaces of functions in a VPC, what sees pictures that
# come with the call.
WITHOUT_RESOURCES = re.compile(
    r"xray:Put(TraceSegments|TelemetryRecords)|rekognition:DetectLabels"
    r"|ec2:(CreateNetworkInterface|DeleteNetworkInterface|DescribeNetworkInterfaces|DescribeSubnets"
    r"|(Una|A)ssignPrivateIpAddresses)"
)


def as_list(value):
    """IAM writes lists of one without brackets."""
    return value if isinstance(value, list) else [value]


def access_of(resources):
    """What each role allows: rows of the key in x-lychgate, action and resource."""
    rows = []
    for resource in resources:
        if resource["address"].startswith(("aws_iam_role_policy.function[", "aws_iam_role_policy.integration[")):
            for statement in as_list(json.loads(resource["values"]["policy"])["Statement"]):
                rows += [
                    (resource["index"], action, where)
                    for action in as_list(statement["Action"]) for where in as_list(statement["Resource"])
                ]
    return sorted(rows)


def table(rows):
    """The rows as a page; what differs between accounts is left out."""
    def cell(text):
        return re.sub(r"\b\d{12}\b", "ACCOUNT", re.sub(r"key/[0-9a-f-]+", "key/KEY", text))
    return HEAD + "".join(f"| {key} | `{action}` | `{cell(where)}` |\n" for key, action, where in rows)


def is_wide(action, where):
    """Whether it allows whatever it likes."""
    return "*" in action or (where == "*" and not WITHOUT_RESOURCES.fullmatch(action))


def prove(resources):
    """No role is wider than it must be, and the page tells the truth."""
    rows = access_of(resources)
    wide = [row for row in rows if is_wide(*row[1:])]
    expect(rows and not wide, "no role allows whatever it likes", wide)
    page = table(rows)
    if os.environ.get("LYCHGATE_BLESS"):
        ACCESS.write_text(page)
    expect(ACCESS.read_text() == page, "terraform/ACCESS.md says what roles allow", page)
