"""What an operator may get wrong: each is told before anything is created, with what to do about it."""
from proof import expect


def plan_fails(service, *settings, **mistakes):
    """A plan that must fail, and say of each mistake these words."""
    said = " ".join(service.terraform.run("plan", *settings, fails=True).replace("│", " ").split())
    for what, words in mistakes.items():
        expect(all(word in said for word in words), f"refused at plan: {what.replace('_', ' ')}", said)


def prove(service):
    document = service.work / "untidy.yaml"
    document.write_text('openapi: 3.0.3\ninfo: { title: untidy, version: "1" }\npaths:\n  /a:\n    get: {}\n')
    done = service.package(document)
    expect(done.returncode == 1 and "nothing is packaged" in done.stdout and not service.packages.exists(),
           "refused before: a document with findings is not packaged", done.stdout)

    service.write_packages()
    plan_fails(service, tfvars_that_were_forgotten=["No value for required variable", 'variable "environment"'])
    zipped, aside = service.packages / "readers.zip", service.packages / "readers.aside"
    zipped.rename(aside)
    # A plan tells all of these at once.
    plan_fails(
        service,
        *service.settings(
            placeholders={}, restrict_to_vpc_endpoints=True, network={**service.network, "private_subnet_ids": []},
        ),
        a_function_that_was_never_built=["There is no package of the function readers", "codegen -- package"],
        a_placeholder_that_nothing_fills=["Nothing fills these placeholders", "greeting", "test.tfvars"],
        a_private_API_with_a_policy_of_its_own_that_lets_in_other_VPC_endpoints=[
            "lets callers in from any VPC endpoint", "StringNotEquals: { aws:SourceVpce",
        ],
        a_function_in_the_VPC_without_subnets=["The function collector runs in the VPC"],
    )
    aside.rename(zipped)
    nowhere = "vpce-0123456789abcdef0"
    plan_fails(
        service, *service.settings(network={**service.network, "execute_api_endpoint_id": nowhere}),
        a_VPC_endpoint_that_does_not_exist=["no matching EC2 VPC Endpoint", nowhere],
    )
