# What becomes of a resource policy that the document has itself; no AWS involved.

mock_provider "aws" {
  source = "./tests/aws"
}

variables {
  environment = "dev"
  region      = "eu-west-1"
  document    = "tests/policy.yaml"
  packages    = "tests/packages/policy"

  placeholders = { effect = "Deny", resource = "execute-api:/*", key = "aws:SourceVpce" }
}

run "own_policy" {
  command = apply

  assert {
    condition = jsondecode(aws_api_gateway_rest_api_policy.this.policy).Statement == [
      {
        Effect    = "Allow"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = ["arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*"]
      },
      {
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = ["execute-api:Invoke"]
        Resource  = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*"
        Condition = { StringNotEquals = { "aws:SourceVpce" = ["vpce-1", "vpce-partner"] } }
      },
    ]
    error_message = "The policy is not the document's, filled."
  }
  assert {
    condition = (
      replace(aws_api_gateway_rest_api_policy.this.policy, aws_api_gateway_rest_api.this.execution_arn, "execute-api:")
      == jsonencode(jsondecode(aws_api_gateway_rest_api.this.body)["x-amazon-apigateway-policy"])
    )
    error_message = "The policy in the body and the one beside it differ."
  }
}

run "denies_the_stage_by_vpc" {
  command = plan

  variables {
    placeholders = { effect = "Deny", resource = "arn:aws:execute-api:eu-west-1:111122223333:*/dev/*", key = "AWS:sourcevpc" }
  }

  assert {
    condition     = local.denies_others
    error_message = "A policy that denies whoever is outside the VPC is refused."
  }
}

run "allows_only" {
  command = plan

  variables {
    placeholders = { effect = "Allow", resource = "execute-api:/*", key = "aws:SourceVpce" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "denies_some_methods" {
  command = plan

  variables {
    placeholders = { effect = "Deny", resource = "execute-api:/*/GET/*", key = "aws:SourceVpce" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "denies_in_another_region" {
  command = plan

  variables {
    placeholders = { effect = "Deny", resource = "arn:aws:execute-api:us-east-1:111122223333:*", key = "aws:SourceVpce" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

run "denies_by_user_agent" {
  command = plan

  variables {
    placeholders = { effect = "Deny", resource = "execute-api:/*", key = "aws:UserAgent" }
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}

# Whoever may call a public API is the document's business.
run "public" {
  command = plan

  variables {
    endpoint_type = "REGIONAL"
    placeholders  = { effect = "Allow", resource = "execute-api:/*", key = "aws:UserAgent", vpc_endpoint_id = "browser" }
  }

  assert {
    condition     = !local.must_deny_others && strcontains(aws_api_gateway_rest_api.this.body, "[\"browser\",\"vpce-partner\"]")
    error_message = "A public API does not get the document's policy."
  }
}

# Without a network there is no endpoint to name.
run "public_that_names_an_endpoint" {
  command = plan

  variables {
    endpoint_type = "REGIONAL"
  }

  expect_failures = [aws_api_gateway_rest_api.this]
}
