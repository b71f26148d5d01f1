"""Our own document, deployed as the environment `dev` from the real packages, its state in a file."""
import json
import pathlib
import shutil
import subprocess

import access
import drift
from process import free_port, running, wait_for
from proof import Failed, expect, get
from terraform import ROOT, Terraform

OPEN = {"restrict_to_vpc_endpoints": False}
SECRET = "what-only-its-holder-knows"
# Lines of the walk that an emulator without a theme answers otherwise.
THEMES = {"S3 integrations": " by S3: ", "gateway responses": " without a token: "}


class Api:
    """The deployed document and what calls it."""

    def __init__(self, work, emulator, programs):
        self.work, self.emulator, self.programs = work, emulator, programs
        self.terraform = Terraform(work, "dev", emulator)
        self.packages = self.packaged()
        self.outputs = {}

    def packaged(self):
        """A copy of the packages, which can be edited, and of the document they were made from."""
        packages = self.work / "packages"
        packages.mkdir()
        for file in pathlib.Path(ROOT / "target" / "lambda").iterdir():
            if file.suffix in (".zip", ".json"):
                shutil.copy(file, packages)
        shutil.copy(ROOT / "openapi" / "api.yaml", packages / "document.yaml")
        return packages

    def settings(self, **variables):
        return self.terraform.settings(self.packages, **variables)

    def get(self, path):
        base, headers = self.emulator.address(self.outputs)
        return get(base + path, headers)

    def prove(self):
        self.terraform.init()
        self.outputs = self.terraform.apply(*self.settings())
        print("ok: the first apply went through", flush=True)
        self.parameter().put(SECRET)
        left = self.emulator.true_changes(self.terraform.changes(*self.settings()))
        expect(not left, "a second plan changes nothing but what the emulator does not report", left)
        access.prove(self.terraform.resources())
        is_guarded = self.emulator.has("resource policies")
        if is_guarded:
            self.prove_policy()
        self.outputs = self.terraform.apply(*self.settings(**OPEN))
        if is_guarded:
            status, body = self.get("/users/nobody")
            expect(status == 404, "a change of the policy alone reaches the API", (status, body))
        self.prove_answers()
        drift.prove(self)
        if self.emulator.has("IAM"):
            self.prove_roles()
        self.prove_edit()

    def parameter(self):
        return Parameter(self.emulator.client("ssm"), self.outputs["parameter_names"]["clarifaiKey"])

    def prove_policy(self):
        status, body = self.get("/users/walker")
        expect(status == 403 and "explicit deny in a resource-based policy" in body,
               "who does not come through the VPC endpoint is refused", (status, body))

    def prove_answers(self):
        base, headers = self.emulator.address(self.outputs)
        deployed, here = self.walk(base, *headers.values()), self.walk_local()
        for theme, words in THEMES.items():
            if not self.emulator.has(theme):
                deployed, here = ([line for line in lines if words not in line] for lines in (deployed, here))
        expect(len(here) >= 10 and deployed == here, "the deployed API answers as the local one",
               [pair for pair in zip(deployed, here) if pair[0] != pair[1]] or (deployed, here))
        kept = [line for line in deployed if line.startswith("getProposal in parts: 200") and '"accepted"' in line]
        expect(kept, "what comes in parts becomes a proposal: by link, bucket, queue and function", deployed)
        found = [line for line in deployed if line.startswith("listImages by tag: 200") and '"tagged"' in line]
        expect(found, "a user signs up and in, and finds a picture by its tags: by form, bucket, queue and function", deployed)

    def walk(self, *arguments):
        """Every operation once, a line per answer."""
        program = self.programs / "examples" / "walk"
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            raise Failed(f"walk ended with {done.returncode}: {done.stderr}")
        return done.stdout.splitlines()

    def walk_local(self):
        """The same walk on the laptop cloud."""
        port = free_port()
        command = [self.programs / "local", "--ephemeral", "--no-reload", "--listen", f"127.0.0.1:{port}"]
        with running(command, self.work / "logs" / "local.log", cwd=ROOT):
            # It listens before the functions are built, and answers once they are.
            wait_for(port, 900)
            get(f"http://127.0.0.1:{port}/local/users/nobody", {}, timeout=900)
            return self.walk(f"http://127.0.0.1:{port}/local")

    def prove_roles(self):
        without_action(self.emulator.client("iam"), self.outputs["function_names"]["users"], "dynamodb:GetItem")
        status, body = self.get("/users/walker")
        expect(status == 500, "a function can do no more than its role allows", (status, body))
        self.terraform.apply(*self.settings(**OPEN))
        status, body = self.get("/users/walker")
        expect(status == 200, "an apply gives back what somebody took from a role", (status, body))

    def prove_edit(self):
        edit(self.packages / "openapi.json")
        changed = set(self.emulator.true_changes(self.terraform.changes(*self.settings(**OPEN))))
        depends = {"aws_api_gateway_rest_api.this", "aws_api_gateway_deployment.this", "aws_api_gateway_stage.this"}
        expect(changed == depends, "an edited document deploys API, deployment and stage, and no more", changed)
        self.terraform.apply_plan()
        expect(self.parameter().get() == SECRET, "the value of a parameter stays as its holder set it", self.parameter())
        expect(SECRET not in (self.terraform.folder / "terraform.tfstate").read_text(), "and is not in the state")
        status, body = self.get("/ping")
        expect(status == 200, "an added operation is live", (status, body))
        status, body = self.get("/users/walker")
        expect(status == 403, "a removed operation is gone", (status, body))

    def destroy(self):
        self.terraform.run("destroy", "-auto-approve", *self.settings(**OPEN))
        left = self.terraform.resources()
        expect(not left, "destroy leaves nothing of dev", left)


class Parameter:
    """A secret, as whoever holds it sets it."""

    def __init__(self, parameters, name):
        self.parameters, self.name = parameters, name

    def put(self, value):
        self.parameters.put_parameter(Name=self.name, Type="SecureString", Value=value, Overwrite=True)

    def get(self):
        return self.parameters.get_parameter(Name=self.name, WithDecryption=True)["Parameter"]["Value"]


def edit(template):
    """Makes the packaged document answer one operation less and one more, and say more of a parameter."""
    document = json.loads(template.read_text())
    document["x-lychgate"]["parameters"]["clarifaiKey"]["description"] += " It is told elsewhere."
    del document["paths"]["/users/{uid}"]
    # No function knows it, so a mock answers.
    document["paths"]["/ping"] = {"get": {
        "operationId": "ping",
        "responses": {"200": {"description": "Alive."}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {"default": {"statusCode": "200"}},
        },
    }}
    template.write_text(json.dumps(document))


def without_action(iam, role, action):
    """Takes an action from a role's policy."""
    document = iam.get_role_policy(RoleName=role, PolicyName="access")["PolicyDocument"]
    for statement in document["Statement"]:
        statement["Action"] = [it for it in access.as_list(statement["Action"]) if it != action]
    iam.put_role_policy(RoleName=role, PolicyName="access", PolicyDocument=json.dumps(document))
