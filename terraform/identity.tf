# Cognito user pools, each with one client.

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
    minimum_length                   = try(each.value.passwordPolicy.length, 12)
    require_lowercase                = try(each.value.passwordPolicy.lowercase, true)
    require_uppercase                = try(each.value.passwordPolicy.uppercase, true)
    require_numbers                  = try(each.value.passwordPolicy.digits, true)
    require_symbols                  = try(each.value.passwordPolicy.symbols, false)
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

  explicit_auth_flows           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
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
