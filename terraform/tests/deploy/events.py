"""events/: a second service in the same account, as the environment `test`, in a network that exists already, its
state in the bucket that `bootstrap/` makes. It shows what openapi/api.yaml has none of, and what becomes of mistakes.
"""
import json
import shutil
import subprocess
import zipfile

import authorization
import mistakes
import queues
from proof import expect, get
from terraform import REGION, ROOT, Terraform

SOURCE = ROOT / "terraform" / "tests" / "deploy" / "events"
FUNCTIONS = ("readers", "collector")


class Events:
    """The deployed service and what calls it."""

    def __init__(self, work, emulator, programs):
        self.work, self.emulator, self.programs = work, emulator, programs
        self.bootstrap = Terraform(work, "bootstrap", emulator, source="bootstrap")
        self.terraform = Terraform(work, "test", emulator)
        self.packages = work / "events"
        self.network, self.outputs = {}, {}

    def package(self, document, *arguments):
        """`lychgate package` of a document; the functions' zips are made here."""
        return subprocess.run(
            [self.programs / "lychgate", "package", document, "--document-only", "--output", self.packages, *arguments],
            capture_output=True, text=True, check=False,
        )

    def settings(self, **variables):
        variables = {
            "network": self.network, "placeholders": {"greeting": 'say "hello"'}, "restrict_to_vpc_endpoints": False,
            "usage_plan": {"rate": 50, "burst": 50, "quota": 2, "quota_period": "DAY"}, **variables,
        }
        return self.terraform.settings(self.packages, **variables)

    def get(self, path, **more):
        base, headers = self.emulator.address(self.outputs)
        return get(base + path, {**headers, **more})

    def prove(self):
        self.prove_bootstrap()
        self.network = existing_network(self.emulator.client("ec2"))
        mistakes.prove(self)
        self.prove_interruption()
        left = self.emulator.true_changes(self.terraform.changes(*self.settings()))
        expect(not left, "in a network that exists already, a second plan changes nothing either", left)
        queues.prove(self.emulator, self.outputs)
        authorization.prove(self)
        self.prove_renaming()

    def prove_bootstrap(self):
        """The state bucket, in which the state of this service is kept."""
        self.bootstrap.init()
        bucket = self.bootstrap.apply(f"-var=region={REGION}")["state_bucket"]
        left = self.bootstrap.changes(f"-var=region={REGION}")
        expect(not left, "bootstrap/ makes the bucket of the states, and a second plan of it changes nothing", left)
        self.terraform.init(bucket)

    def write_packages(self):
        """As `lychgate package` does with Rust programs."""
        done = self.package(SOURCE / "events.yaml")
        expect(done.returncode == 0, "the second document has no findings", done.stdout + done.stderr)
        shutil.copy(SOURCE / "events.yaml", self.packages / "document.yaml")
        for function in FUNCTIONS:
            entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            with zipfile.ZipFile(self.packages / f"{function}.zip", "w") as archive:
                archive.writestr(entry, (SOURCE / "bootstrap").read_bytes())

    def prove_interruption(self):
        # While the provider but waits: a call that is cut off may have made what nobody knows of.
        status, said = self.terraform.interrupt('dead_letters["arrivals"]: Still creating', *self.settings())
        expect(status != 0 and "Interrupt received" in said, "an apply can be interrupted half way", said[-2000:])
        made = len(self.terraform.resources())
        self.outputs = self.terraform.apply(*self.settings())
        whole = len(self.terraform.resources())
        expect(0 < made < whole, "an interrupted apply is resumed by the next one", (made, whole))

    def prove_renaming(self):
        """The function `readers` becomes `readings`; its operations stay where they are."""
        template = self.packages / "openapi.json"
        document = json.loads(template.read_text().replace("${readers_function}", "${readings_function}"))
        functions = document["x-lychgate"]["functions"]
        functions["readings"] = functions.pop("readers")
        template.write_text(json.dumps(document))
        (self.packages / "readers.zip").rename(self.packages / "readings.zip")
        changes = self.emulator.true_changes(self.terraform.changes(*self.settings()))
        kept = [it for it in changes if it.startswith(("aws_dynamodb", "aws_s3", "aws_sqs", "aws_cognito"))]
        expect(not kept and not any("collector" in it for it in changes),
               "renaming a function touches no store and no other function", changes)
        said = self.terraform.apply_plan()
        order = [said.find(it) for it in (
            'aws_lambda_permission.api["readings"]: Creation complete',
            "aws_api_gateway_stage.this: Modifying",
        )]
        expect(-1 not in order and order == sorted(order), "the new function is there before the API calls it", said)
        status, body = authorization.read(self, "one.txt")
        expect(status == 200 and json.loads(body)["size"] == 3, "the renamed function answers", (status, body))

    def destroy(self):
        self.terraform.run("destroy", "-auto-approve", *self.settings())
        left = self.terraform.resources()
        expect(not left, "destroy leaves nothing of test", left)


def existing_network(ec2):
    """A VPC with two subnets and an endpoint for execute-api, made by somebody else."""
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/20")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.60.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        ["Subnet"]["SubnetId"] for number, zone in enumerate("ab")
    ]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.execute-api", VpcEndpointType="Interface", SubnetIds=subnets,
    )["VpcEndpoint"]["VpcEndpointId"]
    return {"vpc_id": vpc, "private_subnet_ids": subnets, "execute_api_endpoint_id": endpoint}
