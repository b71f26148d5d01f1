#!/usr/bin/env python3
"""Stands before MiniStack and adds what it lacks for this configuration.

usage: adapter.py PORT UPSTREAM_PORT

- PutRestApi (mode overwrite): the document is taken apart into the single calls that MiniStack has.
- UpdateRestApi with single binary media types: MiniStack replaces the list by a map, so it gets the whole list.
- TLS: it answers plain HTTP, and says to MiniStack that the request came by HTTPS, as a proxy that ends TLS does.
- Requests with `x-apigw-api-id`, as callers through a VPC endpoint send them: MiniStack finds an API by Host only.

- Calls that an SDK repeats because their answer got lost: they get it, where MiniStack would do twice what they ask.

Everything else passes through unchanged.
"""
import collections
import concurrent.futures
import http.client
import json
import sys
import threading
import urllib.parse

import wire

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}
LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
INTEGRATION_MEMBERS = (
    "uri", "credentials", "requestParameters", "requestTemplates", "passthroughBehavior", "contentHandling",
    "timeoutInMillis", "connectionType", "connectionId", "cacheKeyParameters", "cacheNamespace",
)
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Refused(Exception):
    """MiniStack did not do what it was asked."""


class Upstream:
    """MiniStack's API Gateway, called with the headers (so the credentials) of one request."""

    def __init__(self, port, headers, api):
        self.port, self.api = port, api
        self.headers = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}

    def call(self, method, path, body=None, missing_is_fine=False):
        status, _, answer = send(
            self.port, method, f"/restapis/{self.api}{path}",
            {**self.headers, "Content-Type": "application/json"},
            b"" if body is None else json.dumps(body).encode(),
        )
        if status >= 300 and not (missing_is_fine and status == 404):
            raise Refused(f"{method} {path}: {status} {answer[:300]!r}")
        return json.loads(answer) if answer else {}

    def items(self, path):
        answer = self.call("GET", path)
        return answer.get("item") or answer.get("items") or []


def send(port, method, path, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        connection.request(method, path, body=body, headers={**headers, "Content-Length": str(len(body))})
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


class Import:
    """One PutRestApi with mode=overwrite."""

    def __init__(self, upstream, document):
        self.upstream, self.document = upstream, document
        self.components = document.get("components", {})
        self.models, self.validators, self.authorizers = {}, {}, {}

    def run(self):
        self.clear()
        self.root()
        for name, schema in self.components.get("schemas", {}).items():
            self.model(name, schema)
        for name, validator in self.document.get("x-amazon-apigateway-request-validators", {}).items():
            made = self.upstream.call("POST", "/requestvalidators", {**validator, "name": name})
            self.validators[name] = made["id"]
        for name, scheme in self.components.get("securitySchemes", {}).items():
            self.authorizer(name, scheme)
        resources = {resource["path"]: resource["id"] for resource in self.upstream.items("/resources?limit=500")}
        for path, item in self.document["paths"].items():
            resource = self.resource(path, resources)
            for method in METHODS & item.keys():
                self.method(resource, method, item, item[method])

    def clear(self):
        deepest_first = sorted(self.upstream.items("/resources?limit=500"), key=lambda it: -len(it["path"]))
        for resource in deepest_first:
            if resource["path"] != "/":
                self.upstream.call("DELETE", f"/resources/{resource['id']}", missing_is_fine=True)
        for kind, key in (("authorizers", "id"), ("requestvalidators", "id"), ("models", "name")):
            for entry in self.upstream.items(f"/{kind}"):
                self.upstream.call("DELETE", f"/{kind}/{entry[key]}", missing_is_fine=True)

    def root(self):
        changes = []
        if policy := self.document.get("x-amazon-apigateway-policy"):
            changes.append({"op": "replace", "path": "/policy", "value": json.dumps(policy)})
        if types := self.document.get("x-amazon-apigateway-binary-media-types"):
            changes.append({"op": "replace", "path": "/binaryMediaTypes", "value": types})
        if changes:
            self.upstream.call("PATCH", "", {"patchOperations": changes})
        for kind, response in self.document.get("x-amazon-apigateway-gateway-responses", {}).items():
            body = {key: str(value) if key == "statusCode" else value for key, value in response.items()}
            self.upstream.call("PUT", f"/gatewayresponses/{kind}", body)

    def model(self, name, schema):
        body = {"name": name, "contentType": "application/json", "schema": json.dumps(self.refer(schema))}
        self.upstream.call("POST", "/models", body)
        self.models[json.dumps(schema, sort_keys=True)] = name
        return name

    def model_of(self, schema):
        """The name of the model of a body; inline schemas get one of their own."""
        if "$ref" in schema:
            return schema["$ref"].rsplit("/", 1)[1]
        known = self.models.get(json.dumps(schema, sort_keys=True))
        return known or self.model(f"Inline{len(self.models)}", schema)

    def refer(self, value):
        """References among schemas, as models refer to each other."""
        if isinstance(value, list):
            return [self.refer(item) for item in value]
        if not isinstance(value, dict):
            return value
        base = f"https://apigateway.amazonaws.com/restapis/{self.upstream.api}/models/"
        return {key: base + it.rsplit("/", 1)[1] if key == "$ref" else self.refer(it) for key, it in value.items()}

    def authorizer(self, name, scheme):
        declared = scheme.get("x-amazon-apigateway-authorizer")
        if not declared:
            return
        kind = declared["type"].upper()
        made = self.upstream.call("POST", "/authorizers", {
            "name": name,
            "type": kind,
            "providerARNs": declared.get("providerARNs"),
            "authorizerUri": declared.get("authorizerUri"),
            "identitySource": declared.get("identitySource", f"method.request.header.{scheme['name']}"),
        })
        self.authorizers[name] = (kind if kind == "COGNITO_USER_POOLS" else "CUSTOM", made["id"])

    def is_api_key(self, name):
        scheme = self.components["securitySchemes"][name]
        return scheme["type"] == "apiKey" and scheme["name"].lower() == "x-api-key"

    def resource(self, path, resources):
        here = "/"
        for part in [part for part in path.split("/") if part]:
            below = f"{here.rstrip('/')}/{part}"
            if below not in resources:
                made = self.upstream.call("POST", f"/resources/{resources[here]}", {"pathPart": part})
                resources[below] = made["id"]
            here = below
        return resources[here]

    def resolved(self, value):
        """What a `$ref` to a component names."""
        while "$ref" in value:
            _, _, kind, name = value["$ref"].split("/")
            value = self.components[kind][name]
        return value

    def method(self, resource, method, item, operation):
        verb = "ANY" if method.startswith("x-") else method.upper()
        path = f"/resources/{resource}/methods/{verb}"
        self.upstream.call("PUT", path, self.method_request(item, operation))
        for status, response in operation.get("responses", {}).items():
            if status.isdigit():
                headers = self.resolved(response).get("headers", {})
                parameters = {f"method.response.header.{name}": False for name in headers}
                self.upstream.call("PUT", f"{path}/responses/{status}", {"responseParameters": parameters})
        integration = operation["x-amazon-apigateway-integration"]
        body = {key: integration[key] for key in INTEGRATION_MEMBERS if key in integration}
        body["type"] = integration["type"].upper()
        if "httpMethod" in integration:
            body["httpMethod"] = integration["httpMethod"]
        self.upstream.call("PUT", f"{path}/integration", body)
        for pattern, response in integration.get("responses", {}).items():
            members = ("responseParameters", "responseTemplates", "contentHandling")
            body = {key: response[key] for key in members if key in response}
            if pattern != "default":
                body["selectionPattern"] = pattern
            self.upstream.call("PUT", f"{path}/integration/responses/{response['statusCode']}", body)

    def method_request(self, item, operation):
        parameters = [self.resolved(it) for it in item.get("parameters", []) + operation.get("parameters", [])]
        schemes = [name for it in operation.get("security", self.document.get("security", [])) for name in it]
        kind, authorizer = next((self.authorizers[it] for it in schemes if it in self.authorizers), ("NONE", None))
        body = {
            "authorizationType": kind,
            "apiKeyRequired": any(self.is_api_key(it) for it in schemes),
            "requestParameters": {
                f"method.request.{LOCATIONS[it['in']]}.{it['name']}": it.get("required", False)
                for it in parameters if it["in"] in LOCATIONS
            },
        }
        if authorizer:
            body["authorizerId"] = authorizer
        if name := operation.get("operationId"):
            body["operationName"] = name
        key = "x-amazon-apigateway-request-validator"
        if validator := operation.get(key, self.document.get(key)):
            body["requestValidatorId"] = self.validators[validator]
        content = self.resolved(operation.get("requestBody", {})).get("content", {})
        models = {kind: self.model_of(it["schema"]) for kind, it in content.items() if "schema" in it}
        if models:
            body["requestModels"] = models
        return body


class Answers:
    """Answers by invocation, of which SDKs tell the number and the attempt
    (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).

    Whoever gets an answer below 300 does not ask again. So who asks again has not got it, and is not to hear that what
    they ask to create exists.
    """

    KEPT = 500

    def __init__(self):
        self.lock, self.known = threading.Lock(), collections.OrderedDict()

    def of(self, headers, what, ask):
        invocation = headers.get("amz-sdk-invocation-id")
        if not invocation:
            return ask()
        mine = concurrent.futures.Future()
        with self.lock:
            earlier = self.known.get(invocation)
            self.known[invocation] = mine
            while len(self.known) > self.KEPT:
                self.known.popitem(last=False)
        try:
            answer = self.repeated(earlier, headers, what) or ask()
            mine.set_result(answer)
        except BaseException as error:
            mine.set_exception(error)
            raise
        return answer

    @staticmethod
    def repeated(earlier, headers, what):
        """The answer that got lost; nothing if there was none."""
        if not earlier:
            return None
        failure = earlier.exception()
        status = None if failure else earlier.result()[0]
        print(f"{what}: {headers.get('amz-sdk-request')}, before: {failure or status}", flush=True)
        return earlier.result() if status and status < 300 else None


class Adapter(wire.Handler):
    upstream_port = None
    answers = Answers()

    def handle_request(self):
        body = self.body()
        headers = dict(self.headers.items())
        parts = urllib.parse.urlsplit(self.path).path.strip("/").split("/")
        is_api = len(parts) == 2 and parts[0] == "restapis"
        if is_api and self.command == "PUT":
            ask = lambda: self.put_rest_api(parts[1], body, headers)
        elif is_api and self.command == "PATCH" and b"/binaryMediaTypes/" in body:
            ask = lambda: self.forward(self.whole_list(parts[1], body, headers), headers)
        else:
            ask = lambda: self.forward(body, headers)
        if self.command in ("GET", "HEAD"):
            return self.reply(*ask())
        what = f"{self.command} {self.path} {self.headers.get('X-Amz-Target', '')}".rstrip()
        return self.reply(*self.answers.of(self.headers, what, ask))

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_request

    def forward(self, body, headers):
        headers = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
        headers["X-Forwarded-Proto"] = "https"
        api = self.headers.get("x-apigw-api-id")
        if api:
            headers = {name: value for name, value in headers.items() if name.lower() not in ("host", "x-apigw-api-id")}
            headers["Host"] = f"{api}.execute-api.localhost:{self.upstream_port}"
        return send(self.upstream_port, self.command, self.path, headers, body)

    def put_rest_api(self, api, body, headers):
        upstream = Upstream(self.upstream_port, headers, api)
        try:
            Import(upstream, json.loads(body)).run()
        except (Refused, LookupError, ValueError) as error:
            message = json.dumps({"message": f"the import failed: {error!r}"}).encode()
            return 400, [("x-amzn-ErrorType", "BadRequestException"), ("Content-Type", "application/json")], message
        return send(self.upstream_port, "GET", f"/restapis/{api}", upstream.headers, b"")

    def whole_list(self, api, body, headers):
        types = Upstream(self.upstream_port, headers, api).call("GET", "").get("binaryMediaTypes") or []
        others = []
        for change in json.loads(body)["patchOperations"]:
            _, place, *name = change["path"].split("/")
            if place != "binaryMediaTypes" or not name:
                others.append(change)
                continue
            media_type = name[0].replace("~1", "/").replace("~0", "~")
            types = [it for it in types if it != media_type]
            if change["op"] != "remove":
                types.append(change.get("value") or media_type)
        others.append({"op": "replace", "path": "/binaryMediaTypes", "value": types})
        return json.dumps({"patchOperations": others}).encode()

    def reply(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        # To HEAD a length belongs to what GET would answer.
        told = next((value for name, value in headers if name.lower() == "content-length"), None)
        length = told if self.command == "HEAD" and told else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main():
    port, Adapter.upstream_port = int(sys.argv[1]), int(sys.argv[2])
    wire.Server(("127.0.0.1", port), Adapter).serve_forever()


if __name__ == "__main__":
    main()
