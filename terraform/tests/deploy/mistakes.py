"""What an operator may get wrong: each is told before anything is created, with what to do about it."""
from proof import expect


def plan_fails(service, what, words, *settings):
    """A plan that must fail, and say these words."""
    said = " ".join(service.terraform.run("plan", *settings, fails=True).replace("│", " ").split())
    expect(all(word in said for word in words), f"refused at plan: {what}", said)


def prove(service):
    document = service.work / "untidy.yaml"
    document.write_text('openapi: 3.0.3\ninfo: { title: untidy, version: "1" }\npaths:\n  /a:\n    get: {}\n')
    done = service.package(document)
    expect(done.returncode == 1 and "nothing is packaged" in done.stdout and not service.packages.exists(),
           "refused before: a document with findings is not packaged", done.stdout)

    service.write_packages()
    plan_fails(service, "tfvars that were forgotten", ["No value for required variable", 'variable "environment"'])
    zipped, aside = service.packages / "readers.zip", service.packages / "readers.aside"
    zipped.rename(aside)
    plan_fails(service, "a function that was never built", ["There is no package of the function readers", "codegen -- package"],
               *service.settings())
    aside.rename(zipped)
    plan_fails(service, "a placeholder that nothing fills", ["Nothing fills these placeholders", "greeting", "test.tfvars"],
               *service.settings(placeholders={}))
    plan_fails(service, "a private API with a policy of its own that lets in more than its VPC endpoints",
               ["lets callers in from any VPC endpoint", "StringNotEquals: { aws:SourceVpce"],
               *service.settings(restrict_to_vpc_endpoints=True))
    nowhere = "vpce-0123456789abcdef0"
    plan_fails(service, "a VPC endpoint that does not exist", ["no matching EC2 VPC Endpoint", nowhere],
               *service.settings(network={**service.network, "execute_api_endpoint_id": nowhere}))
    plan_fails(service, "a function in the VPC without subnets", ["The function collector runs in the VPC"],
               *service.settings(network={**service.network, "private_subnet_ids": []}))
