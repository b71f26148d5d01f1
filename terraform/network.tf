# The network: looked up by id, or created.

locals {
  creates_network = var.network.vpc_id == null
  # Not from their settings, which wait for the ids of the network where an environment names them.
  has_functions_in_vpc = anytrue([for it in values(local.functions) : try(it.vpc, false)])

  has_vpc = local.is_private || local.has_functions_in_vpc
  created = local.creates_network && local.has_vpc

  vpc_id                  = local.created ? aws_vpc.this[0].id : one(values(data.aws_vpc.this)[*].id)
  private_subnet_ids      = local.created ? [for subnet in values(aws_subnet.private) : subnet.id] : [for subnet in values(data.aws_subnet.private) : subnet.id]
  execute_api_endpoint_id = local.created ? one(aws_vpc_endpoint.execute_api[*].id) : one(values(data.aws_vpc_endpoint.execute_api)[*].id)

  has_vpc_id   = local.has_vpc || !local.creates_network
  has_endpoint = local.is_private || !local.creates_network

  zones = local.created ? [for letter in var.network.availability_zones : "${var.region}${letter}"] : []
}

# Lookups fail at plan, and their addresses say which id does not exist.
data "aws_vpc" "this" {
  for_each = local.creates_network ? [] : toset([var.network.vpc_id])

  id = each.key
}

data "aws_vpc_endpoint" "execute_api" {
  for_each = local.creates_network ? [] : toset([var.network.execute_api_endpoint_id])

  id = each.key

  lifecycle {
    postcondition {
      condition     = endswith(self.service_name, ".execute-api") && self.vpc_id == var.network.vpc_id
      error_message = "network.execute_api_endpoint_id: ${each.key} is not an endpoint for execute-api of ${var.network.vpc_id}."
    }
  }
}

data "aws_subnet" "private" {
  for_each = local.creates_network ? [] : var.network.private_subnet_ids

  id = each.key

  lifecycle {
    postcondition {
      condition     = self.vpc_id == var.network.vpc_id
      error_message = "network.private_subnet_ids: ${each.key} is not a subnet of ${var.network.vpc_id}."
    }
  }
}

resource "aws_vpc" "this" {
  count = local.created ? 1 : 0

  cidr_block           = var.network.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = local.prefix }
}

# Nothing uses it, so nothing gets through it.
resource "aws_default_security_group" "this" {
  count = local.created ? 1 : 0

  vpc_id = aws_vpc.this[0].id
}

resource "aws_subnet" "private" {
  for_each = toset(local.zones)

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.network.cidr, 4, index(local.zones, each.key))

  tags = { Name = "${local.prefix}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  count = local.created ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.prefix}-private" }
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[0].id
}

# Callers: the interface endpoint through which the private API is reached.
resource "aws_vpc_endpoint" "execute_api" {
  count = local.created && local.is_private ? 1 : 0

  vpc_id              = aws_vpc.this[0].id
  service_name        = "com.amazonaws.${var.region}.execute-api"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in values(aws_subnet.private) : subnet.id]
  security_group_ids  = [aws_security_group.endpoint[0].id]
  policy              = data.aws_iam_policy_document.endpoint.json

  tags = { Name = "${local.prefix}-execute-api" }
}

# Not narrowed to the API: its id does not exist before the endpoint does. The API's policy decides.
data "aws_iam_policy_document" "endpoint" {
  statement {
    sid       = "ApisOfThisAccount"
    actions   = ["execute-api:Invoke"]
    resources = ["arn:${local.partition}:execute-api:${var.region}:${local.account_id}:*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_security_group" "endpoint" {
  count = local.created && local.is_private ? 1 : 0

  name_prefix = "${local.prefix}-execute-api-"
  description = "Callers of the private API"
  vpc_id      = aws_vpc.this[0].id

  # The API, which depends on it, is replaced so.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  count = local.created && local.is_private ? 1 : 0

  security_group_id = aws_security_group.endpoint[0].id
  description       = "HTTPS from within the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.network.cidr
}

# Traffic to these stays within AWS and costs nothing.
resource "aws_vpc_endpoint" "gateway" {
  for_each = local.created ? toset(["s3", "dynamodb"]) : toset([])

  vpc_id            = aws_vpc.this[0].id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private[0].id]

  tags = { Name = "${local.prefix}-${each.key}" }
}

# Without a NAT gateway, what functions in the VPC call of AWS is reached so; whatever else they call is not.
locals {
  called_from_vpc = toset(flatten([
    for it in values(local.functions) : [
      [
        for access in concat(try(it.access, []), try(it.events, [])) : concat(
          can(access.parameter) ? ["ssm"] : [],
          can(access.queue) ? ["sqs"] : [],
          can(access.userPool) ? ["cognito-idp"] : [],
          can(access.action) ? [split(":", access.action)[0]] : [],
        )
      ],
      # Signing up and in takes no access, but the pool's client.
      [for value in values(merge(try(it.environment, null), {})) : "cognito-idp" if strcontains(value, "_user_pool_client_id}")],
    ] if try(it.vpc, false)
  ]))
  service_endpoints = local.created && !var.network.nat ? local.called_from_vpc : toset([])
}

resource "aws_vpc_endpoint" "service" {
  for_each = local.service_endpoints

  vpc_id              = aws_vpc.this[0].id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in values(aws_subnet.private) : subnet.id]
  security_group_ids  = [aws_security_group.services[0].id]

  tags = { Name = "${local.prefix}-${each.key}" }
}

resource "aws_security_group" "services" {
  count = length(local.service_endpoints) > 0 ? 1 : 0

  name_prefix = "${local.prefix}-services-"
  description = "AWS services that functions in the VPC call"
  vpc_id      = aws_vpc.this[0].id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "services" {
  count = length(local.service_endpoints) > 0 ? 1 : 0

  security_group_id            = aws_security_group.services[0].id
  description                  = "HTTPS from functions in the VPC"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.functions[0].id
}

resource "aws_security_group" "functions" {
  count = local.has_vpc ? 1 : 0

  name_prefix = "${local.prefix}-functions-"
  description = "Functions in the VPC"
  vpc_id      = local.vpc_id

  # It cannot be destroyed while functions use it.
  lifecycle {
    create_before_destroy = true
  }

  #checkov:skip=CKV2_AWS_5: attached to functions that declare `vpc: true`
}

resource "aws_vpc_security_group_egress_rule" "functions" {
  for_each = local.has_vpc ? { https = 443, sftp = 22 } : {}

  security_group_id = aws_security_group.functions[0].id
  description       = "To AWS services and partners: ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

# The way out, with an address that partners can list.
locals {
  creates_nat = local.created && var.network.nat && local.has_functions_in_vpc
}

resource "aws_internet_gateway" "this" {
  count = local.creates_nat ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = local.prefix }
}

resource "aws_subnet" "public" {
  count = local.creates_nat ? 1 : 0

  vpc_id            = aws_vpc.this[0].id
  availability_zone = local.zones[0]
  cidr_block        = cidrsubnet(var.network.cidr, 4, 15)

  tags = { Name = "${local.prefix}-public" }
}

resource "aws_route_table" "public" {
  count = local.creates_nat ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.prefix}-public" }
}

resource "aws_route" "to_internet" {
  count = local.creates_nat ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  count = local.creates_nat ? 1 : 0

  subnet_id      = aws_subnet.public[0].id
  route_table_id = aws_route_table.public[0].id
}

resource "aws_eip" "nat" {
  count = local.creates_nat ? 1 : 0

  domain = "vpc"

  tags = { Name = "${local.prefix}-nat" }
}

resource "aws_nat_gateway" "this" {
  count = local.creates_nat ? 1 : 0

  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.public[0].id

  tags = { Name = local.prefix }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route" "to_nat" {
  count = local.creates_nat ? 1 : 0

  route_table_id         = aws_route_table.private[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[0].id
}

# Who talked to whom.
resource "aws_flow_log" "this" {
  count = local.created ? 1 : 0

  vpc_id               = aws_vpc.this[0].id
  traffic_type         = "ALL"
  log_destination_type = "cloud-watch-logs"
  log_destination      = aws_cloudwatch_log_group.flow[0].arn
  iam_role_arn         = aws_iam_role.flow[0].arn
}

resource "aws_cloudwatch_log_group" "flow" {
  count = local.created ? 1 : 0

  name              = "/aws/vpc/${local.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn

  #checkov:skip=CKV_AWS_338: how long logs are kept is the environment's choice; the default is a year
}

data "aws_iam_policy_document" "flow_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "flow" {
  count = local.created ? 1 : 0

  name               = "${local.prefix}-flow-log"
  assume_role_policy = data.aws_iam_policy_document.flow_assume.json
}

data "aws_iam_policy_document" "flow" {
  count = local.created ? 1 : 0

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow[0].arn}:*"]
  }
}

resource "aws_iam_role_policy" "flow" {
  count = local.created ? 1 : 0

  name   = "write"
  role   = aws_iam_role.flow[0].id
  policy = data.aws_iam_policy_document.flow[0].json
}
