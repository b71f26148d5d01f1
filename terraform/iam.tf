# One role per function, and those of integrations, with exactly the access they declare.

locals {
  # What a level means for each kind of store: actions on its entries, actions on the store itself.
  table_actions = {
    read  = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"]
    write = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem"]
  }
  object_actions = {
    read  = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"]
    put   = ["s3:PutObject"]
    write = ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
  }
  pool_actions = {
    read  = ["cognito-idp:AdminGetUser", "cognito-idp:ListUsers"]
    write = ["cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser", "cognito-idp:AdminUpdateUserAttributes", "cognito-idp:AdminConfirmSignUp"]
  }
  levels = { read = ["read"], put = ["put"], write = ["write"], read-write = ["read", "write"] }

  # Statements of each function and role, in the order of its `access`.
  access_statements = {
    for key, it in merge(local.functions, local.roles) : key => flatten([
      for access in try(it.access, []) : concat(
        [for table in try([access.table], []) : {
          actions   = flatten([for level in local.levels[access.level] : local.table_actions[level]])
          resources = concat([local.table_arns[table]], try(local.tables[table].indexes, null) == null ? [] : ["${local.table_arns[table]}/index/*"])
          condition = null
        }],
        [for bucket in try([access.bucket], []) : {
          actions   = flatten([for level in local.levels[access.level] : local.object_actions[level]])
          resources = ["${local.bucket_arns[bucket]}/${try(access.prefix, "")}*"]
          condition = null
        }],
        # Without it, S3 answers 403 instead of 404 for a missing key.
        [for bucket in try(access.level, "") == "put" ? [] : try([access.bucket], []) : {
          actions   = ["s3:ListBucket"]
          resources = [local.bucket_arns[bucket]]
          condition = try({ test = "StringLike", variable = "s3:prefix", values = ["${access.prefix}*"] }, null)
        }],
        [for queue in try([access.queue], []) : {
          actions   = ["sqs:SendMessage", "sqs:GetQueueUrl"]
          resources = [local.queue_arns[queue]]
          condition = null
        }],
        [for parameter in try([access.parameter], []) : {
          actions   = ["ssm:GetParameter"]
          resources = [local.parameter_arns[parameter]]
          condition = null
        }],
        [for pool in try([access.userPool], []) : {
          actions   = flatten([for level in local.levels[access.level] : local.pool_actions[level]])
          resources = [aws_cognito_user_pool.this[pool].arn]
          condition = null
        }],
        # Actions that know no resources, such as Rekognition's on pictures that come with the call: IAM takes `*` alone.
        [for action in try([access.action], []) : {
          actions   = [action]
          resources = ["*"]
          condition = null
        }],
      )
    ])
  }

  event_statements = {
    for key, it in local.functions : key => concat(
      [for events in try(it.events, []) : {
        actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        resources = [local.queue_arns[events.queue]]
        condition = null
      }],
      [for queue in try([it.onFailure], []) : {
        actions   = ["sqs:SendMessage"]
        resources = [local.queue_arns[queue]]
        condition = null
      }],
    )
  }

  # Beside what they declare.
  function_statements = {
    for key, it in local.functions : key => concat(
      local.access_statements[key],
      local.event_statements[key],
      [
        {
          actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          resources = ["${local.log_group_arns[key]}:*"]
          condition = null
        },
        {
          actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
          resources = [aws_kms_key.this.arn]
          condition = null
        },
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        {
          actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
          resources = ["*"]
          condition = null
        },
      ],
      # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
      try(it.vpc, false) ? [{
        actions = [
          "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
          "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
        ]
        resources = ["*"]
        condition = null
      }] : [],
    )
  }
  integration_statements = {
    for key, it in local.roles : key => concat(local.access_statements[key], [{
      # Putting an object takes no more than a key to encrypt it with
      # (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
      actions = concat(
        alltrue([for access in try(it.access, []) : try(access.level, "") == "put"]) ? [] : ["kms:Decrypt"],
        ["kms:GenerateDataKey"],
      )
      resources = [aws_kms_key.this.arn]
      condition = null
    }])
  }
}

data "aws_iam_policy_document" "access" {
  for_each = merge(local.function_statements, local.integration_statements)

  #checkov:skip=CKV_AWS_356: X-Ray, the network interfaces of Lambda and declared actions know no resource-level permissions
  #checkov:skip=CKV_AWS_111: X-Ray, the network interfaces of Lambda and declared actions know no resource-level permissions

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.condition == null ? [] : [statement.value.condition]

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = local.function_names[each.key]
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = "access"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.access[each.key].json
}

# Roles that API Gateway assumes for integrations.

# Without a condition on aws:SourceAccount or aws:SourceArn: API Gateway does not send them when it assumes the role of an
# integration, and every call would fail
# (https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479). An API of
# another account cannot name the role: whoever sets `credentials` needs iam:PassRole, which does not reach across accounts.
data "aws_iam_policy_document" "assume_by_api" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "integration" {
  for_each = local.roles

  name               = local.role_names[each.key]
  description        = try(each.value.description, null)
  assume_role_policy = data.aws_iam_policy_document.assume_by_api.json
}

resource "aws_iam_role_policy" "integration" {
  for_each = local.roles

  name   = "access"
  role   = aws_iam_role.integration[each.key].id
  policy = data.aws_iam_policy_document.access[each.key].json
}
