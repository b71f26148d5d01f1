# Functions, as x-lychgate.functions declares them and the environment changes them.

locals {
  function_alias = "live"

  function_settings = {
    for key, it in local.functions : key => {
      memory               = coalesce(try(var.functions[key].memory, null), try(it.memory, null), 256)
      timeout              = coalesce(try(var.functions[key].timeout, null), try(it.timeout, null), 10)
      storage              = try(it.ephemeralStorage, 512)
      reserved_concurrency = try(coalesce(try(var.functions[key].reserved_concurrency, null), try(it.reservedConcurrency, null)), -1)
      in_vpc               = try(it.vpc, false)
      on_failure           = try(it.onFailure, null)
      environment = merge(
        try(local.declared.functions[key].environment, {}),
        var.function_environment,
        try(var.functions[key].environment, {}),
      )
    }
  }
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name    = local.function_names[each.key]
  description      = try(each.value.description, null)
  role             = aws_iam_role.function[each.key].arn
  filename         = "${local.packages_path}/${each.key}.zip"
  source_code_hash = try(filebase64sha256("${local.packages_path}/${each.key}.zip"), null)
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  publish          = true

  memory_size                    = local.function_settings[each.key].memory
  timeout                        = local.function_settings[each.key].timeout
  reserved_concurrent_executions = local.function_settings[each.key].reserved_concurrency
  # It encrypts variables. Without any, Lambda does not keep it, and every plan would add it again.
  kms_key_arn = length(local.function_settings[each.key].environment) > 0 ? aws_kms_key.this.arn : null

  dynamic "environment" {
    for_each = length(local.function_settings[each.key].environment) > 0 ? [local.function_settings[each.key].environment] : []

    content {
      variables = environment.value
    }
  }

  ephemeral_storage {
    size = local.function_settings[each.key].storage
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = local.function_settings[each.key].in_vpc ? [local.private_subnet_ids] : []

    content {
      subnet_ids         = vpc_config.value
      security_group_ids = [aws_security_group.functions[0].id]
    }
  }

  depends_on = [aws_iam_role_policy.function]

  lifecycle {
    precondition {
      condition     = fileexists("${local.packages_path}/${each.key}.zip")
      error_message = "There is no package of the function ${each.key}: run `cargo run -p codegen -- package` first."
    }
    precondition {
      condition     = try(local.manifest.architecture, var.architecture) == var.architecture
      error_message = "The packages are not for ${var.architecture}: run `cargo run -p codegen -- package --architecture ${var.architecture}`."
    }
    precondition {
      condition     = !local.function_settings[each.key].in_vpc || length(local.private_subnet_ids) > 0
      error_message = "The function ${each.key} runs in the VPC: with network.vpc_id, name its subnets too, network.private_subnet_ids."
    }
  }

  #checkov:skip=CKV_AWS_115: reserved concurrency is declared per function where one needs a limit
  #checkov:skip=CKV_AWS_116: asynchronous calls have a destination (aws_lambda_function_event_invoke_config), queues a dead-letter queue
  #checkov:skip=CKV_AWS_117: only functions that need the VPC run in it; the others reach AWS services alone
  #checkov:skip=CKV_AWS_272: packages are pinned by their hash in the state; there is no signing authority to trust more
}

resource "aws_lambda_alias" "live" {
  for_each = local.functions

  name             = local.function_alias
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = { for key, it in local.function_settings : key => it if it.on_failure != null }

  function_name = aws_lambda_function.this[each.key].function_name
  qualifier     = aws_lambda_alias.live[each.key].name

  destination_config {
    on_failure {
      destination = local.queue_arns[each.value.on_failure]
    }
  }
}

# One permission per function that the API calls, for this API alone.
locals {
  integration_uris = flatten([
    for path, item in merge(try(local.as_written.paths, null), {}) : [
      for operation in values(item) : try(operation["x-amazon-apigateway-integration"].uri, [])
    ]
  ])
  authorizer_uris = [
    for scheme in values(merge(try(local.as_written.components.securitySchemes, null), {})) :
    try(scheme["x-amazon-apigateway-authorizer"].authorizerUri, "")
  ]
  called_by_api = toset([
    for key in keys(local.functions) : key
    if anytrue([
      for uri in concat(local.integration_uris, local.authorizer_uris) :
      strcontains(uri, "$${${local.snake[key]}_function}")
    ])
  ])
}

resource "aws_lambda_permission" "api" {
  for_each = local.called_by_api

  function_name = aws_lambda_function.this[each.key].function_name
  qualifier     = aws_lambda_alias.live[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.this.execution_arn}/*"
}
