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
  assert {
    condition     = aws_cognito_user_pool.this["members"].deletion_protection == (var.deletion_protection ? "ACTIVE" : "INACTIVE")
    error_message = "Nothing keeps `terraform destroy` from the users of ${var.environment}."
  }
  assert {
    condition = (
      var.environment != "prod" ||
      aws_cognito_user_pool.this["members"].password_policy[0].minimum_length >= 14 &&
      aws_cognito_user_pool.this["members"].password_policy[0].require_symbols
    )
    error_message = "Passwords of ${var.environment} are as weak as those of dev."
  }
  assert {
    condition     = contains(["dev", "test"], var.environment) || local.given_placeholders.allowed_origin != "*"
    error_message = "Pages of any origin may call ${var.environment} and upload to it."
  }
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  assert {
    condition = alltrue([
      for event in values(local.queue_events) :
      aws_sqs_queue.this[event.queue].visibility_timeout_seconds >= 6 * aws_lambda_function.this[event.function].timeout
    ])
    error_message = "A message comes again while a function of ${var.environment} may still work on it."
  }
}
