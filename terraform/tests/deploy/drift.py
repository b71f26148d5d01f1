"""`lychgate drift` against an export of what was deployed.

MiniStack's GetExport leaves out what is no method or integration: request validators, gateway responses, binary media
types, Cognito authorizers; LocalEmu's the responses of an integration that is no proxy. These are added from the single
calls that they have.
"""
import json
import subprocess

from proof import expect

EXPORT = {"extensions": "apigateway"}
VALIDATOR = "x-amazon-apigateway-request-validator"


def exported(gateway, api, stage):
    """The API as a document."""
    answer = gateway.get_export(restApiId=api, stageName=stage, exportType="oas30", parameters=EXPORT)
    document = json.loads(answer["body"].read())
    components = document.setdefault("components", {})
    components["schemas"] = referring(components.get("schemas", {}))

    validators = {it["id"]: it for it in gateway.get_request_validators(restApiId=api, limit=500)["items"]}
    document[f"{VALIDATOR}s"] = {
        it["name"]: {key: it[key] for key in ("validateRequestParameters", "validateRequestBody")}
        for it in validators.values()
    }
    authorizers = {it["id"]: it for it in gateway.get_authorizers(restApiId=api, limit=500)["items"]}
    for resource in gateway.get_resources(restApiId=api, limit=500, embed=["methods"])["items"]:
        for verb, method in resource.get("resourceMethods", {}).items():
            operation = document["paths"][resource["path"]]["x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()]
            if validator := method.get("requestValidatorId"):
                operation[VALIDATOR] = validators[validator]["name"]
            integration = operation["x-amazon-apigateway-integration"]
            if integration.get("responses") == {"default": None}:
                integration["responses"] = responses(method["methodIntegration"])
            if method.get("authorizationType") == "COGNITO_USER_POOLS":
                authorizer = authorizers[method["authorizerId"]]
                components.setdefault("securitySchemes", {})[authorizer["name"]] = cognito(authorizer)
                operation["security"] = [{authorizer["name"]: []}]
    document["x-amazon-apigateway-gateway-responses"] = {
        it["responseType"]: {key: it[key] for key in ("statusCode", "responseParameters", "responseTemplates") if key in it}
        for it in gateway.get_gateway_responses(restApiId=api, limit=500)["items"] if not it["defaultResponse"]
    }
    document["x-amazon-apigateway-binary-media-types"] = gateway.get_rest_api(restApiId=api).get("binaryMediaTypes", [])
    return document


def responses(integration):
    """Responses of an integration by what selects them, as a document has them."""
    return {
        it.get("selectionPattern", "default"): {key: value for key, value in it.items() if key != "selectionPattern"}
        for it in integration["integrationResponses"].values()
    }


def referring(value):
    """Models refer to each other by address; in a document they stand beside each other."""
    if isinstance(value, list):
        return [referring(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/components/schemas/{it.rsplit('/', 1)[1]}" if key == "$ref" else referring(it) for key, it in value.items()
    }


def cognito(authorizer):
    return {
        "type": "apiKey", "name": authorizer["identitySource"].rsplit(".", 1)[1], "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": authorizer["providerARNs"]},
    }


def differences(service, gateway):
    """What `lychgate drift` tells."""
    outputs, export = service.outputs, service.work / "deployed.json"
    export.write_text(json.dumps(exported(gateway, outputs["api_id"], outputs["stage"]), indent=2))
    done = subprocess.run(
        [service.programs / "lychgate", "drift", "--document", service.packages / "document.yaml",
         "--export", export, "--format", "json"], capture_output=True, text=True, check=False,
    )
    found = json.loads(done.stdout) if done.stdout.startswith("[") else done.stdout + done.stderr
    expect(done.returncode == (1 if found else 0), "drift ends with 1 if it found something", found)
    return [it for it in found if not service.emulator.not_exported.fullmatch(it["fact"])]


def prove(service):
    gateway = service.emulator.client("apigateway")
    found = differences(service, gateway)
    expect(found == [], "drift finds nothing in what was deployed", found)
    if service.emulator.has("edits elsewhere"):
        prove_edit(service, gateway)


def prove_edit(service, gateway):
    """An integration that somebody changed and deployed."""
    api = service.outputs["api_id"]
    resources = gateway.get_resources(restApiId=api, limit=500)["items"]
    users = next(it["id"] for it in resources if it["path"] == "/users/{uid}")
    gateway.update_integration(
        restApiId=api, resourceId=users, httpMethod="GET",
        patchOperations=[{"op": "replace", "path": "/passthroughBehavior", "value": "NEVER"}],
    )
    # As somebody does in the console: an export is of what was deployed.
    gateway.create_deployment(restApiId=api, stageName=service.outputs["stage"])
    found = differences(service, gateway)
    expect([it["fact"] for it in found] == ["GET /users/{uid} integration passthroughBehavior"],
           "drift tells what somebody changed elsewhere", found)
    changes = service.emulator.true_changes(service.terraform.changes(*service.settings(restrict_to_vpc_endpoints=False)))
    expect(set(changes) == {"aws_api_gateway_stage.this"}, "of which Terraform sees another deployment, and no more", changes)
