# Our document in one environment: .ci/terraform runs this with the tfvars of each.

mock_provider "aws" {
  source = "./tests/aws"
}

variables {
  packages = "tests/packages/ours"
}

run "our_document" {
  command = plan

  assert {
    condition     = length(local.missing_placeholders) == 0 && keys(aws_lambda_function.this) == keys(local.functions)
    error_message = "The tfvars of ${var.environment} do not suffice for the document."
  }
  assert {
    condition     = contains(["dev", "test"], var.environment) || var.deletion_protection
    error_message = "Nothing keeps `terraform destroy` from the data of ${var.environment}."
  }
}
