#!/usr/bin/env python3
"""Deploys the document for real: the real Terraform provider, the real packages, MiniStack for AWS.

usage: deploy.py WORK_FOLDER MINISTACK WALK LOCAL

WORK_FOLDER  where states and logs go; emptied first
MINISTACK    the emulator's command; its folder holds the Python that it runs with
WALK, LOCAL  the programs `walk` (an example of the client crate) and `local`

Expects ../../../target/lambda to be packaged. Every proof prints one line; the first that fails ends the run with
status 1. MiniStack enforces IAM (AUTH=true), so the functions' roles have to suffice.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
REGION = "eu-west-1"

# What MiniStack does not report back, so that every plan wants to set it again: alarms without period and
# dimensions, the VPC endpoint without policy and private DNS, flow logs without their role.
FALSE_DIFFERENCES = re.compile(r"aws_cloudwatch_metric_alarm\.this\[.*\]|aws_vpc_endpoint\.execute_api\[0\]|aws_flow_log\.this\[0\]")


class Failed(Exception):
    """Something is not as it must be."""


def expect(condition, what, seen=""):
    if not condition:
        raise Failed(f"{what}\n{seen}")
    print(f"ok: {what}", flush=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command, log, **options):
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def wait_for(port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise Failed(f"nothing listens on port {port}")


class Terraform:
    """The configuration in a folder of its own, with a local state."""

    def __init__(self, work, endpoint, plugins):
        self.folder, self.logs, self.count = work / "terraform", work / "logs", 0
        shutil.copytree(ROOT / "terraform", self.folder, ignore=shutil.ignore_patterns(".terraform*", "packages", "*.tfstate*"))
        (self.folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
        self.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_CLI_CONFIG_FILE": "/dev/null",
            "TF_DATA_DIR": str(work / "terraform-data"),
            "TF_IN_AUTOMATION": "1",
        }
        self.run("init", *([f"-plugin-dir={plugins}"] if plugins else []))

    def run(self, command, *arguments, expected=(0,)):
        self.count += 1
        log = self.logs / f"{self.count:02}-{command}.log"
        flags = [] if command == "show" else ["-input=false"]
        done = subprocess.run(
            ["terraform", command, "-no-color", *flags, *arguments], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )
        log.write_text(done.stdout)
        if done.returncode not in expected:
            raise Failed(f"terraform {command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
        return done.stdout

    def settings(self, packages, **variables):
        variables = {"packages": str(packages), "document": str(packages / "api.yaml"), **variables}
        for name in ("packages", "document"):
            variables[name] = os.path.relpath(variables[name], self.folder)
        values = [f"-var={name}={value}" for name, value in variables.items()]
        return ["-var-file=environments/dev.tfvars", *values]

    def apply(self, packages, **variables):
        self.run("apply", "-auto-approve", *self.settings(packages, **variables))
        outputs = json.loads(subprocess.run(
            ["terraform", "output", "-json"], cwd=self.folder, env=self.environment, check=True, capture_output=True,
        ).stdout)
        return {name: output["value"] for name, output in outputs.items()}

    def changes(self, packages, **variables):
        """Actions that a plan would take, by address."""
        self.run("plan", "-out=plan", *self.settings(packages, **variables))
        plan = json.loads(self.run("show", "-json", "plan"))
        return {
            it["address"]: it["change"]["actions"] for it in plan["resource_changes"]
            if it["change"]["actions"] not in (["no-op"], ["read"])
        }


def true_changes(changes):
    return {address: actions for address, actions in changes.items() if not FALSE_DIFFERENCES.fullmatch(address)}


def get(url, api, timeout=60):
    request = urllib.request.Request(url, headers={"x-apigw-api-id": api})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def walk(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise Failed(f"walk ended with {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def walk_local(program, local, work):
    """The same walk on the laptop cloud."""
    port = free_port()
    command = [local, "--ephemeral", "--no-reload", "--listen", f"127.0.0.1:{port}"]
    with running(command, work / "logs" / "local.log", cwd=ROOT):
        # It listens before the functions are built, and answers once they are.
        wait_for(port, 900)
        get(f"http://127.0.0.1:{port}/local/users/nobody", "local", timeout=900)
        return walk(program, f"http://127.0.0.1:{port}/local")


def edit(packages):
    """Makes the packaged document answer one route less and one more."""
    template = json.loads((packages / "openapi.json").read_text())
    paths = template["paths"]
    del paths["/users/{uid}"]
    # No function knows it, so a mock answers.
    paths["/ping"] = {"get": {
        "operationId": "ping",
        "responses": {"200": {"description": "Alive."}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200"}},
        },
    }}
    (packages / "openapi.json").write_text(json.dumps(template))


def packaged(work):
    """A copy of the packages, which can be edited, and of the document they were made from."""
    packages = work / "packages"
    shutil.copytree(ROOT / "target" / "lambda", packages, ignore=shutil.ignore_patterns("bootstrap", "users", "items"))
    shutil.copy(ROOT / "openapi" / "api.yaml", packages / "api.yaml")
    return packages


def without_action(iam, role, action):
    """Takes an action from a role's policy."""
    document = iam.get_role_policy(RoleName=role, PolicyName="access")["PolicyDocument"]
    for statement in document["Statement"]:
        if isinstance(statement["Action"], list):
            statement["Action"] = [it for it in statement["Action"] if it != action]
    iam.put_role_policy(RoleName=role, PolicyName="access", PolicyDocument=json.dumps(document))


ACCESS = ROOT / "terraform" / "ACCESS.md"
# Services without resource-level permissions.
WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def as_list(value):
    """IAM writes lists of one without brackets."""
    return [value] if isinstance(value, str) else value


def access_of(state):
    """What the role of each function allows: rows of function, action and resource."""
    rows = []
    for resource in state["values"]["root_module"]["resources"]:
        if resource["address"].startswith("aws_iam_role_policy.function["):
            for statement in as_list(json.loads(resource["values"]["policy"])["Statement"]):
                rows += [
                    (resource["index"], action, where)
                    for action in as_list(statement["Action"]) for where in as_list(statement["Resource"])
                ]
    return sorted(rows)


def access_table(rows):
    """The rows as a page; what differs between accounts is left out."""
    cell = lambda text: re.sub(r":\d{12}:", ":ACCOUNT:", re.sub(r"key/[0-9a-f-]+", "key/KEY", text))
    lines = [f"| {function} | `{action}` | `{cell(where)}` |" for function, action, where in rows]
    head = [
        "# What each function may do", "",
        "Written by `LYCHGATE_BLESS=1 .ci/deploy` from the roles of a deployed environment `dev`; the same run fails",
        "when a role differs from this page, and when one gains a `*`.", "",
        "| function | action | resource |", "|---|---|---|",
    ]
    return "\n".join(head + lines) + "\n"


def prove(work, terraform, endpoint, walk_program, local):
    import boto3  # from the emulator's Python

    packages = packaged(work)
    outputs = terraform.apply(packages)
    api, base = outputs["api_id"], f"{endpoint}/{outputs['stage']}"
    expect(True, "the first apply went through")

    left = true_changes(terraform.changes(packages))
    expect(not left, "a second plan changes nothing but what the emulator does not report", left)

    rows = access_of(json.loads(terraform.run("show", "-json")))
    wide = [row for row in rows if "*" in row[1] or (row[2] == "*" and row[1] not in WITHOUT_RESOURCES)]
    expect(rows and not wide, "no role allows whatever it likes", wide)
    if os.environ.get("LYCHGATE_BLESS"):
        ACCESS.write_text(access_table(rows))
    expect(ACCESS.read_text() == access_table(rows), "terraform/ACCESS.md says what roles allow", access_table(rows))

    status, body = get(f"{base}/users/walker", api)
    expect(status == 403 and "explicit deny in a resource-based policy" in body,
           "who does not come through the VPC endpoint is refused", (status, body))

    outputs = terraform.apply(packages, restrict_to_vpc_endpoints="false")
    status, body = get(f"{base}/users/nobody", api)
    expect(status == 404, "a change of the policy alone reaches the API", (status, body))

    deployed, here = walk(walk_program, base, api), walk_local(walk_program, local, work)
    expect(len(here) >= 10 and deployed == here, "the deployed API answers as the local one", f"{deployed}\n{here}")

    iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test")
    without_action(iam, outputs["function_names"]["users"], "dynamodb:GetItem")
    status, body = get(f"{base}/users/walker", api)
    expect(status == 500, "a function can do no more than its role allows", (status, body))
    terraform.apply(packages, restrict_to_vpc_endpoints="false")
    status, body = get(f"{base}/users/walker", api)
    expect(status == 200, "an apply gives back what somebody took from a role", (status, body))

    edit(packages)
    changed = set(true_changes(terraform.changes(packages, restrict_to_vpc_endpoints="false")))
    depends = {"aws_api_gateway_rest_api.this", "aws_api_gateway_deployment.this", "aws_api_gateway_stage.this"}
    expect(changed == depends, "an edited document deploys API, deployment and stage, and no more", changed)
    terraform.apply(packages, restrict_to_vpc_endpoints="false")
    status, body = get(f"{base}/ping", api)
    expect(status == 200, "an added route is live", (status, body))
    status, body = get(f"{base}/users/walker", api)
    expect(status == 403, "a removed route is gone", (status, body))

    terraform.run("destroy", "-auto-approve", *terraform.settings(packages, restrict_to_vpc_endpoints="false"))
    left = json.loads(terraform.run("show", "-json")).get("values", {})
    expect(not left, "destroy leaves nothing", left)


def main():
    work, ministack, walk_program, local = (pathlib.Path(it).resolve() for it in sys.argv[1:5])
    shutil.rmtree(work, ignore_errors=True)
    (work / "logs").mkdir(parents=True)
    port, upstream = free_port(), free_port()
    endpoint = f"http://127.0.0.1:{port}"
    # Functions inherit the emulator's environment: it gets nothing but what they need.
    environment = {
        "PATH": f"{ministack.parent}:/usr/bin:/bin", "HOME": str(work), "AUTH": "true", "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(upstream), "MINISTACK_REGION": REGION, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{upstream}",
    }
    logs = work / "logs"
    try:
        with running([ministack], logs / "ministack.log", env=environment), \
                running([sys.executable, HERE / "adapter.py", str(port), str(upstream)], logs / "adapter.log"):
            wait_for(upstream)
            wait_for(port)
            terraform = Terraform(work, endpoint, os.environ.get("LYCHGATE_TERRAFORM_PLUGINS"))
            prove(work, terraform, endpoint, walk_program, local)
    except Failed as failure:
        print(f"failed: {failure}\nlogs: {logs}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
