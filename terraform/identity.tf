# Cognito user pools, each with one client.

locals {
  # As the document has it, and the environment changes it.
  password_policies = { for key, it in local.user_pools : key => {
    length    = coalesce(try(var.user_pools[key].password_policy.length, null), try(it.passwordPolicy.length, null), 12)
    lowercase = coalesce(try(var.user_pools[key].password_policy.lowercase, null), try(it.passwordPolicy.lowercase, null), true)
    uppercase = coalesce(try(var.user_pools[key].password_policy.uppercase, null), try(it.passwordPolicy.uppercase, null), true)
    digits    = coalesce(try(var.user_pools[key].password_policy.digits, null), try(it.passwordPolicy.digits, null), true)
    symbols   = coalesce(try(var.user_pools[key].password_policy.symbols, null), try(it.passwordPolicy.symbols, null), false)
  } }
}

resource "aws_cognito_user_pool" "this" {
  for_each = local.user_pools

  name                     = "${local.prefix}-${each.key}"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"

  # Cannot be changed later. Otherwise Ada@example.com and ada@example.com are two people.
  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length                   = local.password_policies[each.key].length
    require_lowercase                = local.password_policies[each.key].lowercase
    require_uppercase                = local.password_policies[each.key].uppercase
    require_numbers                  = local.password_policies[each.key].digits
    require_symbols                  = local.password_policies[each.key].symbols
    temporary_password_validity_days = 7
  }

  admin_create_user_config {
    allow_admin_create_user_only = !try(each.value.selfSignUp, false)
  }

  dynamic "lambda_config" {
    for_each = try([each.value.preSignUp], [])

    content {
      pre_sign_up = "${local.function_arns[lambda_config.value]}:${local.function_alias}"
    }
  }
}

resource "aws_cognito_user_pool_client" "this" {
  for_each = local.user_pools

  name         = "${local.prefix}-${each.key}"
  user_pool_id = aws_cognito_user_pool.this[each.key].id

  # Functions sign users in, by their password over TLS; what nobody uses is not offered.
  explicit_auth_flows           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  id_token_validity      = try(each.value.tokenMinutes, 60)
  access_token_validity  = try(each.value.tokenMinutes, 60)
  refresh_token_validity = try(each.value.refreshDays, 30)

  token_validity_units {
    id_token      = "minutes"
    access_token  = "minutes"
    refresh_token = "days"
  }
}

resource "aws_lambda_permission" "user_pool" {
  for_each = { for key, it in local.user_pools : key => it.preSignUp if try(it.preSignUp, null) != null }

  function_name = aws_lambda_function.this[each.value].function_name
  qualifier     = aws_lambda_alias.live[each.value].name
  action        = "lambda:InvokeFunction"
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.this[each.key].arn
}
