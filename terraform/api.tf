# The API: body, deployment, stage.

resource "aws_api_gateway_rest_api" "this" {
  name = local.prefix
  body = local.body
  # What left the document leaves the API.
  put_rest_api_mode = "overwrite"
  # API Gateway drops what it does not understand unless told to refuse it.
  fail_on_warnings = true

  endpoint_configuration {
    types            = [var.endpoint_type]
    ip_address_type  = local.is_private ? "dualstack" : "ipv4"
    vpc_endpoint_ids = local.is_private ? local.admitted_endpoint_ids : null
  }

  lifecycle {
    # Its id is in every caller's settings.
    create_before_destroy = true

    precondition {
      condition     = local.is_packaged
      error_message = "The document was not packaged, or changed since: run `cargo run -p codegen -- package` first."
    }
    precondition {
      condition     = length(local.missing_placeholders) == 0
      error_message = <<-EOT
        Nothing fills these placeholders of the document: ${join(", ", local.missing_placeholders)}.
        Give them values in environments/${var.environment}.tfvars:
          placeholders = {
        ${join("\n", local.missing_lines)}
          }
      EOT
    }
    precondition {
      condition     = !local.must_deny_others || local.denies_others
      error_message = <<-EOT
        The document's own x-amazon-apigateway-policy lets callers in from any VPC endpoint, of any account. Add what denies them, or
        leave the extension out for a policy that admits the endpoints of this environment:
          - Effect: Deny
            Principal: "*"
            Action: execute-api:Invoke
            Resource: execute-api:/*
            Condition: { StringNotEquals: { aws:SourceVpce: "$${vpc_endpoint_id}" } }
      EOT
    }
    precondition {
      condition     = length(local.taken_placeholders) == 0
      error_message = "x-lychgate or Terraform itself fills these placeholders: take ${join(", ", local.taken_placeholders)} out of `placeholders`."
    }
    precondition {
      condition     = !local.is_packaged || length(local.stray_placeholders) == 0
      error_message = "The document has no placeholders of these names: take ${join(", ", local.stray_placeholders)} out of `placeholders`, or mend the spelling."
    }
  }
}

# A snapshot. It is replaced exactly when what it is made of changes: the body holds document and policy.
resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id

  triggers = {
    body = sha256(local.body)
  }

  # Not on functions: what this depends on is created before it is destroyed, and would meet its own name when an
  # interrupted apply is resumed.
  depends_on = [aws_api_gateway_rest_api_policy.this]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  deployment_id        = aws_api_gateway_deployment.this.id
  stage_name           = var.environment
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format          = jsonencode(local.access_log_format)
  }

  # The group: else API Gateway makes one of its own, which keeps everything for ever. The permissions: what the API
  # calls exists before it is called.
  depends_on = [aws_cloudwatch_log_group.execution, aws_lambda_permission.api, aws_iam_role_policy.integration]

  #checkov:skip=CKV_AWS_120: a cache costs by the hour and would hide what the API answers
  #checkov:skip=CKV2_AWS_51: callers are authenticated by network and authorizer, backends are AWS services
  #checkov:skip=CKV2_AWS_29: a private API is not reachable from the internet, which WAF guards against
  #checkov:skip=CKV2_AWS_77: a private API is not reachable from the internet, which WAF guards against
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = var.execution_log_level
    data_trace_enabled     = false
    throttling_rate_limit  = var.throttle.rate
    throttling_burst_limit = var.throttle.burst
    #checkov:skip=CKV_AWS_225: a cache costs by the hour and would hide what the API answers
    caching_enabled      = false
    cache_data_encrypted = true
  }
}

resource "aws_api_gateway_usage_plan" "this" {
  count = var.usage_plan == null ? 0 : 1

  name = local.prefix

  api_stages {
    api_id = aws_api_gateway_rest_api.this.id
    stage  = aws_api_gateway_stage.this.stage_name
  }

  throttle_settings {
    rate_limit  = var.usage_plan.rate
    burst_limit = var.usage_plan.burst
  }

  dynamic "quota_settings" {
    for_each = var.usage_plan.quota == null ? [] : [var.usage_plan.quota]

    content {
      limit  = quota_settings.value
      period = var.usage_plan.quota_period
    }
  }
}
