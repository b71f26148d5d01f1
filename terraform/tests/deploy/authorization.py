"""Who may call: the document's own resource policy, tokens of a user pool, API keys of a usage plan."""
import base64
import json

from proof import expect

EMAIL, PASSWORD = "ada@example.com", "Correct-horse-1"


def token(service):
    """An id token of a user, who is made first where there is none."""
    pools, pool = service.emulator.client("cognito-idp"), service.outputs["user_pools"]["people"]
    if not pools.list_users(UserPoolId=pool["id"])["Users"]:
        attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
        pools.admin_create_user(
            UserPoolId=pool["id"], Username=EMAIL, UserAttributes=attributes, MessageAction="SUPPRESS",
        )
        pools.admin_set_user_password(UserPoolId=pool["id"], Username=EMAIL, Password=PASSWORD, Permanent=True)
    signed_in = pools.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=pool["client_id"],
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )
    return signed_in["AuthenticationResult"]["IdToken"]


def read(service, name):
    """The record of an object, read by the user."""
    return service.get(f"/records/{name}", Authorization=token(service))


def tampered(signed):
    """The token of another user, with the signature of this one's."""
    head, claims, signature = signed.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    content["email"] = "eve@example.com"
    claims = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return f"{head}.{claims}.{signature}"


def prove(service):
    """Each as far as the emulator does it."""
    if service.emulator.has("resource policies"):
        prove_policy(service)
    if service.emulator.has("authorizers"):
        prove_token(service)
    if service.emulator.has("API keys"):
        prove_key(service)
    status, body = read(service, "one.txt")
    expect(status == 200 and json.loads(body)["size"] == 3, "with an id token the record is read", (status, body))


def prove_policy(service):
    status, body = service.get("/inside")
    expect(status == 403 and "explicit deny in a resource-based policy" in body,
           "a resource policy that the document has itself is the API's", (status, body))


def prove_token(service):
    signed = token(service)
    for what, headers in (
        ("without a token", {}),
        ("with something that is no token", {"Authorization": "garbage"}),
        ("with a tampered token", {"Authorization": tampered(signed)}),
    ):
        status, body = service.get("/records/one.txt", **headers)
        expect(status == 401, f"{what} nobody is let in", (status, body))
    status, body = read(service, "one.txt")
    if service.emulator.has("claims"):
        expect(status == 200 and json.loads(body)["reader"] == EMAIL, "with an id token the function knows who calls",
               (status, body))


def prove_key(service):
    """A key is made as an operator makes it, with a quota of two calls a day."""
    status, body = service.get("/counts")
    expect(status == 403, "without an API key nobody is let in", (status, body))
    gateway, plan = service.emulator.client("apigateway"), service.outputs["usage_plan_id"]
    key = gateway.create_api_key(name="partner", enabled=True)
    status, body = service.get("/counts", **{"x-api-key": key["value"]})
    expect(status == 403, "a key of no usage plan is refused", (status, body))
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    answers = [service.get("/counts", **{"x-api-key": key["value"]}) for _ in range(3)]
    expect([status for status, _ in answers[:2]] == [200, 200], "a key of the plan is let in", answers)
    if service.emulator.has("quotas"):
        expect(answers[2][0] == 429, "as often as its quota says", answers)
    expect(json.loads(answers[0][1])["greeting"] == 'say "hello"',
           "a placeholder that tfvars fill arrives as written", answers[0])
    gateway.delete_api_key(apiKey=key["id"])
