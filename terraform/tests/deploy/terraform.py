"""Terraform in a folder of its own, against an emulator."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading

from proof import Failed

ROOT = pathlib.Path(__file__).resolve().parents[3]
REGION = "eu-west-1"
IGNORED = shutil.ignore_patterns(".terraform*", "packages", "*.tfstate*", "tests")
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


class Terraform:
    """A copy of a configuration (`terraform/` or a folder of it) with its state."""

    def __init__(self, work, name, emulator, source=""):
        self.name, self.folder, self.logs, self.count = name, work / name, work / "logs", 0
        self.variables = emulator.variables
        shutil.copytree(ROOT / "terraform" / source, self.folder, ignore=IGNORED)
        self.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": emulator.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TF_CLI_CONFIG_FILE": "/dev/null",
            "TF_DATA_DIR": str(work / f"{name}-data"),
            "TF_IN_AUTOMATION": "1",
        }

    def init(self, bucket=None):
        """With the state in a file, or in the bucket, where the environment's backend file says."""
        backend = [f"-backend-config=environments/{self.name}.s3.tfbackend", f"-backend-config=bucket={bucket}"]
        if not bucket:
            (self.folder / "backend_override.tf").write_text(LOCAL_BACKEND)
            backend = []
        plugins = os.environ.get("LYCHGATE_TERRAFORM_PLUGINS")
        self.run("init", *backend, *([f"-plugin-dir={plugins}"] if plugins else []))

    def start(self, command, *arguments):
        """The process, and the file it writes to."""
        self.count += 1
        log = self.logs / f"{self.name}-{self.count:02}-{command}.log"
        flags = [] if command in ("show", "output") else ["-input=false"]
        with open(log, "wb") as output:
            return subprocess.Popen(
                ["terraform", command, "-no-color", *flags, *arguments],
                cwd=self.folder, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
            ), log

    def run(self, command, *arguments, fails=False):
        """What it says; with `fails`, it must end with an error."""
        process, log = self.start(command, *arguments)
        status = process.wait()
        said = log.read_text()
        if (status != 0) != fails:
            raise Failed(f"terraform {command} of {self.name} ended with {status}:\n{said[-4000:]}")
        return said

    def apply(self, *settings):
        """Applies, and returns the outputs."""
        self.run("apply", "-auto-approve", *settings)
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}

    def interrupt(self, words, *settings):
        """Starts an apply and, as Ctrl-C does, ends it once it says these words."""
        process, log = self.start("apply", "-auto-approve", *settings)
        waited = threading.Event()
        while process.poll() is None and words not in log.read_text():
            waited.wait(0.2)
        process.send_signal(signal.SIGINT)
        return process.wait(), log.read_text()

    def changes(self, *settings):
        """Actions that a plan would take, by address."""
        self.run("plan", "-out=plan", *settings)
        plan = json.loads(self.run("show", "-json", "plan"))
        return {
            it["address"]: it["change"]["actions"] for it in plan["resource_changes"]
            if it["change"]["actions"] not in (["no-op"], ["read"])
        }

    def apply_plan(self):
        """Applies what `changes` planned, and returns what is said."""
        return self.run("apply", "plan")

    def resources(self):
        """The managed resources of the state: type, address and values."""
        values = json.loads(self.run("show", "-json")).get("values", {})
        return [it for it in values.get("root_module", {}).get("resources", []) if it["mode"] == "managed"]

    def settings(self, packages, **variables):
        """The arguments that an operator gives, and the variables of a test."""
        variables = {"packages": packages, "document": packages / "document.yaml", **self.variables, **variables}
        for name in ("packages", "document"):
            variables[name] = os.path.relpath(variables[name], self.folder)
        file = self.folder / f"proof-{self.count}.tfvars.json"
        file.write_text(json.dumps(variables))
        return [f"-var-file=environments/{self.name}.tfvars", f"-var-file={file.name}"]
