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


class MiniStack:
    """MiniStack, which enforces IAM, behind the adapter for what it lacks."""

    # What it does not report back, so that every plan wants to set it again: alarms without period and dimensions,
    # the VPC endpoint without policy and private DNS, flow logs without their role.
    false_differences = re.compile(
        r"aws_cloudwatch_metric_alarm\.this\[.*\]|aws_vpc_endpoint\.execute_api\[0\]|aws_flow_log\.this\[0\]"
    )

    def __init__(self, work):
        self.work, self.port, self.upstream = work, free_port(), free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

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

    def client(self, service, tls=True):
        """A client of one of its services, with an administrator's credentials. The adapter stands for TLS."""
        return boto3.client(
            service, endpoint_url=self.endpoint if tls else f"http://127.0.0.1:{self.upstream}", region_name=REGION,
            aws_access_key_id="test", aws_secret_access_key="test",
        )

    def true_changes(self, changes):
        """A plan's actions, less those that it would take every time."""
        return {address: it for address, it in changes.items() if not self.false_differences.fullmatch(address)}
