"""What stands for AWS: programs from PyPI, run by the Python that runs the proofs."""
import contextlib
import pathlib
import re
import sys

import boto3

from process import free_port, running, wait_for
from terraform import REGION

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = pathlib.Path(sys.executable).parent


class Emulator:
    """What all have."""

    # What it does not do, and so cannot prove: theme to reason.
    lacks = {}
    # Variables without which a configuration cannot be applied to it.
    variables = {}
    # Addresses that every plan against it wants to change.
    false_differences = re.compile("")
    # Facts of an API that its export leaves out.
    not_exported = re.compile("")

    def has(self, theme):
        """Whether it does something; else it is said what was not proven, and why."""
        if reason := self.lacks.get(theme):
            print(f"not proven here: {theme}: {reason}", flush=True)
        return not reason

    def client(self, service):
        """A client of one of its services, with an administrator's credentials."""
        return self.client_at(service, self.endpoint)

    @staticmethod
    def client_at(service, endpoint):
        return boto3.client(
            service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test",
        )

    def true_changes(self, changes):
        """A plan's actions, less those that it would take every time."""
        return {address: it for address, it in changes.items() if not self.false_differences.fullmatch(address)}


class MiniStack(Emulator):
    """MiniStack, which enforces IAM, behind the adapter for what it lacks."""

    lacks = {"S3 integrations": "it answers 504"}

    # What it does not report back, so that every plan wants to set it again: alarms without period and dimensions,
    # the VPC endpoint without policy and private DNS, flow logs without their role.
    false_differences = re.compile(
        r"aws_cloudwatch_metric_alarm\.this\[.*\]|aws_vpc_endpoint\.execute_api\[0\]|aws_flow_log\.this\[0\]"
    )

    def __init__(self, work):
        self.work, self.port, self.upstream = work, free_port(), free_port()
        # The adapter stands for TLS: what does not pass it comes without.
        self.endpoint, self.plain_endpoint = (f"http://127.0.0.1:{it}" for it in (self.port, self.upstream))

    @contextlib.contextmanager
    def running(self):
        """Functions inherit the emulator's environment: it gets nothing but what they need."""
        environment = {
            "PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": str(self.work), "AUTH": "true", "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.upstream), "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }
        logs, adapter = self.work / "logs", HERE / "ministack_adapter.py"
        with running([PROGRAMS / "ministack"], logs / "ministack.log", env=environment), \
                running([sys.executable, adapter, str(self.port), str(self.upstream)], logs / "adapter.log"):
            wait_for(self.upstream)
            wait_for(self.port)
            yield

    def address(self, outputs):
        """Base URL of a deployed API, and the header that names it, as callers through a VPC endpoint send it."""
        return f"{self.endpoint}/{outputs['stage']}", {"x-apigw-api-id": outputs["api_id"]}


class LocalEmu(Emulator):
    """LocalEmu, which reads documents itself: nothing of ours stands between it and the provider."""

    lacks = {
        "resource policies": "it evaluates none",
        "gateway responses": "its import leaves them out",
        "IAM": "not seen to hold roles to their policies",
        "TLS": "not seen to evaluate policies of queues",
        "quotas": "not seen to count calls",
        "edits elsewhere": "its export did not show an integration that was changed and deployed",
        "claims": "its id tokens lack the address of users who sign in by it",
    }
    # It reports neither the keys of functions, which are published anew each time, nor the version of the endpoint's
    # policy.
    false_differences = re.compile(
        r"aws_lambda_(function|alias)\..*|aws_vpc_endpoint\.execute_api\[0\]"
    )
    # Its import leaves out gateway responses; its export roles, bodies without a model and that a header is required.
    not_exported = re.compile(
        r"gateway response .*|.* integration credentials|.* body application/octet-stream|.* parameter If-Match in header"
    )
    # Its budgets know no tags, which the provider asks for.
    variables = {"monthly_budget_usd": None}

    def __init__(self, work):
        self.work, self.port = work, free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def running(self):
        environment = {
            "PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": str(self.work), "FILESYSTEM_ROOT": str(self.work / "localemu"),
            "GATEWAY_LISTEN": f"127.0.0.1:{self.port}", "DISABLE_EVENTS": "1", "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
        }
        log = self.work / "logs" / "localemu.log"
        with running([sys.executable, HERE / "localemu_launcher.py"], log, env=environment):
            wait_for(self.port, 120)
            yield

    def client(self, service):
        """Signing in is not signed, and it takes what is not signed for us-east-1: it is told the region all the same."""
        def scope(params, **_):
            credential = f"test/20260101/{REGION}/{service}/aws4_request"
            params["headers"]["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        client = super().client(service)
        client.meta.events.register("before-call.cognito-idp.InitiateAuth", scope)
        return client

    def address(self, outputs):
        return f"{self.endpoint}/_aws/execute-api/{outputs['api_id']}/{outputs['stage']}", {}
