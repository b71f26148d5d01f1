# The document decides what exists. `lychgate package` checks it and writes it as JSON, because Terraform reads YAML by
# other rules (`N` and `no` are booleans to it). Keys come from the file as it is, so that they are known before anything
# is; values come from the file with its placeholders filled.

locals {
  prefix     = "${var.name}-${var.environment}"
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition

  packages_path = "${path.module}/${var.packages}"
  manifest      = try(jsondecode(file("${local.packages_path}/manifest.json")), null)
  template_path = "${local.packages_path}/openapi.json"
  is_packaged   = try(local.manifest.document_sha256, "") == filesha256("${path.module}/${var.document}")
  as_written    = local.is_packaged ? jsondecode(file(local.template_path)) : null
  lychgate      = merge(try(local.as_written["x-lychgate"], null), {})

  # An entry without members (`uploads:`) is null, and all defaults.
  functions  = { for key, it in merge(try(local.lychgate.functions, null), {}) : key => merge(it, {}) }
  roles      = { for key, it in merge(try(local.lychgate.roles, null), {}) : key => merge(it, {}) }
  tables     = { for key, it in merge(try(local.lychgate.tables, null), {}) : key => merge(it, {}) }
  buckets    = { for key, it in merge(try(local.lychgate.buckets, null), {}) : key => merge(it, {}) }
  queues     = { for key, it in merge(try(local.lychgate.queues, null), {}) : key => merge(it, {}) }
  parameters = { for key, it in merge(try(local.lychgate.parameters, null), {}) : key => merge(it, {}) }
  user_pools = { for key, it in merge(try(local.lychgate.userPools, null), {}) : key => merge(it, {}) }

  # Names, which are all that ARNs need: nothing that has to be created first stands in the body of the API.
  function_names  = { for key in keys(local.functions) : key => "${local.prefix}-${key}" }
  role_names      = { for key in keys(local.roles) : key => "${local.prefix}-${key}" }
  table_names     = { for key in keys(local.tables) : key => "${local.prefix}-${key}" }
  queue_names     = { for key in keys(local.queues) : key => "${local.prefix}-${key}" }
  parameter_names = { for key in keys(local.parameters) : key => "/${var.name}/${var.environment}/${key}" }
  # Bucket names are one namespace for all accounts.
  bucket_names = {
    for key in keys(local.buckets) :
    key => lower(replace("${local.prefix}-${key}-${local.account_id}-${var.region}", "_", "-"))
  }

  function_arns = {
    for key, name in local.function_names :
    key => "arn:${local.partition}:lambda:${var.region}:${local.account_id}:function:${name}"
  }
  # Not the groups' own attributes: every role would wait for every group, and show in the plan of any new function.
  log_group_arns = {
    for key, name in local.function_names :
    key => "arn:${local.partition}:logs:${var.region}:${local.account_id}:log-group:/aws/lambda/${name}"
  }
  table_arns = {
    for key, name in local.table_names :
    key => "arn:${local.partition}:dynamodb:${var.region}:${local.account_id}:table/${name}"
  }
  bucket_arns = { for key, name in local.bucket_names : key => "arn:${local.partition}:s3:::${name}" }
  queue_arns = {
    for key, name in local.queue_names : key => "arn:${local.partition}:sqs:${var.region}:${local.account_id}:${name}"
  }
  parameter_arns = {
    for key, name in local.parameter_names :
    key => "arn:${local.partition}:ssm:${var.region}:${local.account_id}:parameter${name}"
  }
}

# Placeholders are keys in snake case, as openapi/src/names.rs makes them.
locals {
  all_keys = toset(concat(
    keys(local.functions), keys(local.roles), keys(local.tables), keys(local.buckets), keys(local.queues),
    keys(local.parameters), keys(local.user_pools),
  ))
  snake = {
    for key in local.all_keys : key => lower(replace(
      replace(replace(key, "/([A-Z]+)([A-Z][a-z])/", "$${1}_$${2}"), "/([a-z0-9])([A-Z])/", "$${1}_$${2}"), "-", "_"
    ))
  }

  known_placeholders = merge(
    { region = var.region, account_id = local.account_id, environment = var.environment },
    # The alias, not the function: what is deployed is a published version.
    { for key, name in local.function_names : "${local.snake[key]}_function" => "${name}:${local.function_alias}" },
    { for key, name in local.role_names : "${local.snake[key]}_role" => name },
    { for key, name in local.table_names : "${local.snake[key]}_table" => name },
    { for key, name in local.bucket_names : "${local.snake[key]}_bucket" => name },
    { for key, name in local.queue_names : "${local.snake[key]}_queue" => name },
    {
      for key, name in local.queue_names : "${local.snake[key]}_queue_url" =>
      "https://sqs.${var.region}.${data.aws_partition.this.dns_suffix}/${local.account_id}/${name}"
    },
    { for key, name in local.parameter_names : "${local.snake[key]}_parameter" => name },
    {
      for key, most in local.max_receives : "${local.snake[key]}_queue_max_receives" => tostring(most)
    },
    local.created_placeholders,
  )
  # What is known only once it exists.
  created_placeholders = merge(
    { for name in local.has_endpoint ? ["vpc_endpoint_id"] : [] : name => local.execute_api_endpoint_id },
    { for name in local.has_vpc_id ? ["vpc_id"] : [] : name => local.vpc_id },
    { for key, pool in aws_cognito_user_pool.this : "${local.snake[key]}_user_pool_id" => pool.id },
    { for key, pool in aws_cognito_user_pool.this : "${local.snake[key]}_user_pool_arn" => pool.arn },
    { for key, client in aws_cognito_user_pool_client.this : "${local.snake[key]}_user_pool_client_id" => client.id },
  )

  # Those that the document declares, with what holds unless the environment says otherwise.
  declared_placeholders = merge(try(local.lychgate.placeholders, null), {})
  given_placeholders = merge(
    { for name, it in local.declared_placeholders : name => it.default if try(it.default, null) != null },
    var.placeholders,
  )

  # In JSON text, where quotes and backslashes of a value have to be escaped.
  placeholders = merge(
    { for name, value in local.given_placeholders : name => substr(jsonencode(value), 1, length(jsonencode(value)) - 2) },
    local.known_placeholders,
  )
  # `$${` is text; what remains opens a placeholder.
  template          = local.is_packaged ? replace(file(local.template_path), "/[$][$][{]/", "") : ""
  used_placeholders = distinct(flatten(regexall("[$][{]([A-Za-z0-9_]+)[}]", local.template)))
  # Filled with nothing, so that api.tf can name them all before anything is created.
  missing_placeholders = setsubtract(local.used_placeholders, keys(local.placeholders))
  missing_lines = [
    for name in local.missing_placeholders :
    "    ${name} = \"...\"${try(" # ${local.declared_placeholders[name].description}", "")}"
  ]
  taken_placeholders = setintersection(keys(var.placeholders), keys(local.known_placeholders))
  # A name that is misspelt: with a default, nothing else would tell.
  stray_placeholders = setsubtract(keys(var.placeholders), concat(local.used_placeholders, tolist(local.taken_placeholders)))

  # x-lychgate is for Terraform and the local runner alone; API Gateway would warn about it.
  rendered = local.is_packaged ? jsondecode(templatefile(
    local.template_path, merge({ for name in local.missing_placeholders : name => "" }, local.placeholders)
  )) : null
  # The same before anything exists, with names for what is not known yet.
  outlined = local.is_packaged ? jsondecode(templatefile(local.template_path, merge(
    { for name in local.missing_placeholders : name => "" },
    local.placeholders,
    { for name in keys(local.created_placeholders) : name => name },
  ))) : null
  declared = merge(try(local.rendered["x-lychgate"], null), {})
  body = jsonencode(merge(
    { for key, value in merge(local.rendered, {}) : key => value if key != "x-lychgate" },
    { "x-amazon-apigateway-policy" = jsondecode(local.api_policy_in_body) },
  ))
}
