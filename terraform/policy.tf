# Who may call: the API's resource policy. The document's own, or else one that admits the environment's VPC endpoints.

locals {
  is_private = var.endpoint_type == "PRIVATE"
  admitted_endpoint_ids = sort(concat(
    local.is_private ? [local.execute_api_endpoint_id] : [], tolist(var.network.more_endpoint_ids)
  ))

  # In the body a resource stands without the API's ARN, which API Gateway completes.
  default_policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "AdmitCallers"
        Effect    = "Allow"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = "execute-api:/*"
      }],
      [for condition in local.is_private && var.restrict_to_vpc_endpoints ? ["aws:SourceVpce"] : [] : {
        Sid       = "OnlyThroughAdmittedEndpoints"
        Effect    = "Deny"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = "execute-api:/*"
        Condition = { StringNotEquals = { (condition) = local.admitted_endpoint_ids } }
      }],
    )
  })
  has_own_policy     = try(local.as_written["x-amazon-apigateway-policy"], null) != null
  api_policy_in_body = local.has_own_policy ? jsonencode(local.rendered["x-amazon-apigateway-policy"]) : local.default_policy
}

# The provider sends the policy of its state after every import of a body
# (https://github.com/hashicorp/terraform-provider-aws/issues/38515), so a change in the body alone never arrives.
resource "aws_api_gateway_rest_api_policy" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  policy      = replace(local.api_policy_in_body, "\"execute-api:/", "\"${aws_api_gateway_rest_api.this.execution_arn}/")
}

# A private API answers whoever its policy admits, through any VPC endpoint of any account
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html). An Allow with a condition
# keeps nobody out whom an identity policy or a Lambda authorizer allows, a Deny does.
locals {
  must_deny_others = local.has_own_policy && local.is_private && var.restrict_to_vpc_endpoints
  # Looked at before ids are known, so that a plan can tell.
  own_statements = flatten([try(local.outlined["x-amazon-apigateway-policy"].Statement, [])])
  denies_others = anytrue([
    for it in local.own_statements : alltrue([
      try(it.Effect, "") == "Deny",
      contains(["*"], try(it.Principal, "")) || contains(flatten([try(it.Principal.AWS, [])]), "*"),
      anytrue([for action in flatten([try(it.Action, [])]) : contains(["execute-api:invoke", "execute-api:*", "*"], lower(action))]),
      anytrue([for resource in flatten([try(it.Resource, [])]) : can(regex(local.every_method, resource))]),
      keys(try(it.Condition, {})) == ["StringNotEquals"],
      alltrue([
        for key in keys(try(it.Condition.StringNotEquals, {})) : contains(["aws:sourcevpce", "aws:sourcevpc"], lower(key))
      ]),
    ])
  ])
  every_method = replace(
    "^([*]|execute-api:/REST|arn:[a-z-]+:execute-api:([*]|${var.region}):([*]|${local.account_id}):([*]|[*]/REST))$",
    "REST", "(([*]|${var.environment})/)?([*]/)?[*]"
  )
}
