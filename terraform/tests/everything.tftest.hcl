# What the configuration makes of a document that declares one of everything; no AWS involved.

mock_provider "aws" {
  source = "./tests/aws"
}

variables {
  environment = "dev"
  region      = "eu-west-1"
  document    = "tests/everything.yaml"
  packages    = "tests/packages/everything"

  monthly_budget_usd = 50

  placeholders = { partner_url = "sftp://partner.example", partner_folder = "\"in\\out\"", addressee = "you" }
}

run "everything" {
  command = apply

  assert {
    condition     = aws_api_gateway_rest_api.this.endpoint_configuration[0].types == tolist(["PRIVATE"])
    error_message = "The API is not private."
  }
  assert {
    condition     = !strcontains(aws_api_gateway_rest_api.this.body, "$${")
    error_message = "A placeholder is left in the body."
  }
  assert {
    condition     = !strcontains(aws_api_gateway_rest_api.this.body, "x-lychgate")
    error_message = "API Gateway would see x-lychgate."
  }
  assert {
    condition = (
      jsondecode(aws_api_gateway_rest_api_policy.this.policy).Statement[1].Effect == "Deny" &&
      jsondecode(aws_api_gateway_rest_api_policy.this.policy).Statement[1].Condition.StringNotEquals["aws:SourceVpce"] == ["vpce-1"]
    )
    error_message = "The policy does not deny callers from outside the VPC endpoint."
  }
  assert {
    condition = (
      replace(aws_api_gateway_rest_api_policy.this.policy, aws_api_gateway_rest_api.this.execution_arn, "execute-api:")
      == jsonencode(jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-policy"])
    )
    error_message = "The policy in the body and the one beside it differ."
  }
  assert {
    condition     = keys(aws_lambda_permission.api) == ["api"]
    error_message = "The API may call functions it does not call, or may not call one it does."
  }
  assert {
    condition     = keys(aws_lambda_function.this) == ["api", "cleaner", "confirm", "worker"]
    error_message = "Functions are not those of x-lychgate."
  }
  assert {
    condition     = aws_lambda_function.this["worker"].timeout == 60 && aws_lambda_function.this["worker"].memory_size == 256
    error_message = "Settings of a function are not the document's."
  }
  assert {
    condition = (
      aws_lambda_function.this["api"].environment[0].variables["TABLE"] == "lychgate-dev-records" &&
      endswith(aws_lambda_function.this["api"].environment[0].variables["QUEUE"], "/111122223333/lychgate-dev-uploadJobs") &&
      aws_lambda_function.this["api"].environment[0].variables["MAX_RECEIVES"] == "5" &&
      aws_lambda_function.this["api"].environment[0].variables["KEY_NAME"] == "/lychgate/dev/partnerKey"
    )
    error_message = "Placeholders in a function's environment are not filled."
  }
  assert {
    condition = (
      aws_lambda_function.this["worker"].environment[0].variables["PARTNER"] == "sftp://partner.example/\"in\\out\"" &&
      aws_lambda_function.this["worker"].environment[0].variables["LITERAL"] == "$${nobody} fills this" &&
      aws_lambda_function.this["worker"].environment[0].variables["GREETING"] == "Say \"hello\", you"
    )
    error_message = "Placeholders that tfvars or the document's defaults fill are not filled."
  }
  assert {
    condition = (
      keys(aws_iam_role.integration) == ["depositor", "sender"] &&
      strcontains(aws_api_gateway_rest_api.this.body, "arn:aws:iam::111122223333:role/${aws_iam_role.integration["sender"].name}")
    )
    error_message = "Integrations do not have the roles of x-lychgate."
  }
  assert {
    condition     = one(aws_budgets_budget.this[0].cost_filter).values == tolist(["user:Environment$dev"])
    error_message = "The budget is not that of the environment."
  }
  assert {
    condition     = aws_sqs_queue.this["uploadJobs"].visibility_timeout_seconds == 365
    error_message = "A queue's visibility timeout is not six times its function's timeout and the window."
  }
  assert {
    condition     = one(aws_lambda_event_source_mapping.queue["worker/uploadJobs"].scaling_config).maximum_concurrency == 4
    error_message = "A queue calls its function more often at a time than the document allows."
  }
  assert {
    condition = alltrue(flatten([
      for bucket in ["uploads", "archive"] : [
        aws_s3_bucket_lifecycle_configuration.this[bucket].rule[0].expiration[0].expired_object_delete_marker,
        aws_s3_bucket_lifecycle_configuration.this[bucket].rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7,
        one(one(aws_s3_bucket_server_side_encryption_configuration.this[bucket].rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms",
      ]
    ]))
    error_message = "What uploads and deletions leave behind stays for ever, or lies there in the clear."
  }
  assert {
    condition = alltrue([
      for cors in [one(aws_s3_bucket_cors_configuration.this["uploads"].cors_rule)] :
      cors.allowed_origins == toset(["https://example.com"]) && cors.allowed_methods == toset(["POST"])
    ])
    error_message = "Pages of other origins may upload, or those that the document names may not."
  }
  assert {
    condition = (
      aws_cognito_user_pool_client.this["people"].explicit_auth_flows == toset(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]) &&
      aws_cognito_user_pool_client.this["people"].prevent_user_existence_errors == "ENABLED" &&
      aws_cognito_user_pool_client.this["people"].id_token_validity == 60 &&
      aws_cognito_user_pool_client.this["people"].refresh_token_validity == 30
    )
    error_message = "Users sign in by other ways or for longer than the document wants, or strangers learn who is one."
  }
  assert {
    condition = (
      aws_lambda_permission.user_pool["people"].source_arn == aws_cognito_user_pool.this["people"].arn &&
      aws_lambda_permission.user_pool["people"].principal == "cognito-idp.amazonaws.com" &&
      aws_cognito_user_pool.this["people"].lambda_config[0].pre_sign_up == "arn:aws:lambda:eu-west-1:111122223333:function:lychgate-dev-confirm:live"
    )
    error_message = "Another pool may call the function before a sign-up, or this one may not."
  }
  assert {
    condition = alltrue([
      for queue in ["uploadJobs", "failures"] :
      jsondecode(aws_sqs_queue.this[queue].redrive_policy).maxReceiveCount == 5
    ])
    error_message = "A queue has no dead-letter queue."
  }
  assert {
    condition     = { for it in aws_dynamodb_table.this["records"].attribute : it.name => it.type } == { at = "N", id = "S", owner = "S" }
    error_message = "A table's attributes are not those of its keys."
  }
  assert {
    condition     = length(aws_s3_bucket_notification.this["uploads"].queue) == 1 && length(aws_s3_bucket_notification.this["uploads"].lambda_function) == 1
    error_message = "A bucket does not tell what the document says."
  }
  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_lambda_function.this["worker"].vpc_config) == 1
    error_message = "A function in the VPC has no way out of it."
  }
}

# Who sends to a queue, and how.
run "queues" {
  command = plan

  assert {
    condition     = keys(data.aws_iam_policy_document.queue) == ["failures", "failures-dead-letters", "uploadJobs", "uploadJobs-dead-letters"]
    error_message = "A queue has no policy, or a dead-letter queue has none."
  }
  assert {
    condition = alltrue([
      for policy in values(data.aws_iam_policy_document.queue) :
      policy.statement[0].effect == "Deny" && one(policy.statement[0].condition).variable == "aws:SecureTransport"
    ])
    error_message = "A queue is reached without TLS."
  }
  assert {
    condition = jsonencode({
      for condition in data.aws_iam_policy_document.queue["uploadJobs"].statement[1].condition : condition.variable => condition.values
      }) == jsonencode({
      "aws:SourceArn"     = ["arn:aws:s3:::lychgate-dev-uploads-111122223333-eu-west-1"]
      "aws:SourceAccount" = ["111122223333"]
    })
    error_message = "Another bucket may send to a queue, or one of another account."
  }
  assert {
    condition     = length(data.aws_iam_policy_document.queue["failures"].statement) == 1
    error_message = "Somebody may send to a queue whom nobody named."
  }
}

# Actions and resources are what `access` declares; the only `*` is that of a declared action.
run "access" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for statements in concat(values(local.access_statements), values(local.event_statements)) : [
        for statement in statements : [
          alltrue([for action in statement.actions : !strcontains(action, "*")]),
          alltrue([for resource in statement.resources : resource != "*"]) || statement.actions == ["rekognition:DetectLabels"],
        ]
      ]
    ]))
    error_message = "A function may do more than it declares."
  }
  assert {
    condition = local.access_statements["worker"][0].actions == [
      "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"
    ]
    error_message = "Reading a bucket allows more than reading."
  }
  assert {
    condition = one([
      for statement in local.access_statements["api"] : statement.resources if statement.actions == ["rekognition:DetectLabels"]
    ]) == ["*"]
    error_message = "A declared action is not granted."
  }
  assert {
    condition     = length(local.access_statements["confirm"]) == 0
    error_message = "A function without access has some."
  }
  assert {
    condition = [for statement in local.access_statements["depositor"] : [statement.actions, statement.resources]] == [
      [["s3:PutObject"], ["arn:aws:s3:::lychgate-dev-archive-111122223333-eu-west-1/*"]]
    ]
    error_message = "Putting objects allows more than putting them."
  }
  # `worker` only reads uploads; `api` writes there, below the same prefix.
  assert {
    condition = local.writers == {
      uploads = { "in/" = [for key in ["api", "sender"] : "arn:aws:iam::111122223333:role/lychgate-dev-${key}"] }
      archive = { "" = [for key in ["depositor", "worker"] : "arn:aws:iam::111122223333:role/lychgate-dev-${key}"] }
    }
    error_message = "Where a role puts objects, others do, too."
  }
}

run "another_endpoint_redeploys" {
  command = plan

  variables {
    network = { more_endpoint_ids = ["vpce-partner"] }
  }

  assert {
    condition     = aws_api_gateway_deployment.this.triggers.body != run.everything.deployment_body
    error_message = "A change of the policy alone does not reach the stage."
  }
}

run "more_memory_does_not_redeploy" {
  command = plan

  variables {
    functions = { api = { memory = 1024 } }
  }

  assert {
    condition     = aws_api_gateway_deployment.this.triggers.body == run.everything.deployment_body
    error_message = "The API is deployed again although neither document nor policy changed."
  }
}

run "passwords_as_the_environment_wants_them" {
  command = plan

  variables {
    user_pools = { people = { password_policy = { length = 16, digits = false } } }
  }

  assert {
    condition = (
      aws_cognito_user_pool.this["people"].password_policy[0].minimum_length == 16 &&
      !aws_cognito_user_pool.this["people"].password_policy[0].require_numbers &&
      aws_cognito_user_pool.this["people"].password_policy[0].require_symbols &&
      aws_cognito_user_pool.this["people"].password_policy[0].require_uppercase
    )
    error_message = "A password policy is the environment's where it says something, else the document's, else the default."
  }
}

run "functions_in_a_VPC_without_NAT_gateway" {
  command = plan

  variables {
    network = { nat = false }
  }

  assert {
    condition = (
      length(aws_nat_gateway.this) == 0 && keys(aws_vpc_endpoint.service) == ["sqs", "ssm"] &&
      length(aws_vpc_security_group_ingress_rule.services) == 1
    )
    error_message = "Without a way out, a function in the VPC does not reach the services it calls."
  }
}

run "function_that_works_longer_than_its_queue_waits" {
  command = plan

  variables {
    functions = { cleaner = { timeout = 61 } }
  }

  expect_failures = [aws_lambda_event_source_mapping.queue]
}

run "placeholder_that_nothing_fills" {
  command = plan

  variables {
    placeholders = { partner_url = "sftp://partner.example" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "placeholder_that_is_filled_already" {
  command = plan

  variables {
    placeholders = { partner_url = "sftp://partner.example", partner_folder = "in", records_table = "other" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "placeholder_that_is_misspelt" {
  command = plan

  variables {
    placeholders = { partner_url = "sftp://partner.example", partner_folder = "in", adressee = "you" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "placeholder_with_its_signs" {
  command = plan

  variables {
    placeholders = { "$${partner_url}" = "sftp://partner.example" }
  }

  expect_failures = [var.placeholders]
}

run "unknown_environment" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "open_production" {
  command = plan

  variables {
    environment               = "prod"
    restrict_to_vpc_endpoints = false
  }

  expect_failures = [var.restrict_to_vpc_endpoints]
}

run "packages_for_another_processor" {
  command = plan

  variables {
    architecture = "arm64"
  }

  expect_failures = [aws_lambda_function.this]
}

run "document_that_was_not_packaged" {
  command = plan

  variables {
    document = "../openapi/api.yaml"
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}
