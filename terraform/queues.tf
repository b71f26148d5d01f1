# SQS queues, each with a dead-letter queue.

locals {
  max_receives = { for key, it in local.queues : key => try(it.maxReceives, 5) }
  # Six times the longest timeout of the functions a queue calls, as Lambda asks for
  # (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
  visibility_timeouts = {
    for key, it in local.queues : key => try(it.visibilityTimeout, max(30, concat([0], [
      for event in values(local.queue_events) : 6 * local.function_settings[event.function].timeout + try(event.window, 0)
      if event.queue == key
    ])...))
  }
}

resource "aws_sqs_queue" "this" {
  for_each = local.queues

  name                       = local.queue_names[each.key]
  visibility_timeout_seconds = local.visibility_timeouts[each.key]
  message_retention_seconds  = try(each.value.retention, 345600)
  delay_seconds              = try(each.value.delay, 0)
  kms_master_key_id          = aws_kms_key.this.arn
  policy                     = data.aws_iam_policy_document.queue[each.key].json

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = local.max_receives[each.key]
  })
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = local.queues

  name                      = "${local.queue_names[each.key]}-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.this.arn
  policy                    = data.aws_iam_policy_document.queue["${each.key}-dead-letters"].json

  # Inline and by name: separate resources wait for one another for minutes.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns[each.key]]
  })
}

# Of queues and their dead-letter queues, which hold the same messages.
data "aws_iam_policy_document" "queue" {
  for_each = merge(local.queue_arns, { for key, arn in local.queue_arns : "${key}-dead-letters" => "${arn}-dead-letters" })

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = toset([for key, them in local.notifications : key if anytrue([for it in them : it.queue == each.key])])

    content {
      sid       = "From${replace(title(statement.value), "/[^A-Za-z0-9]/", "")}"
      actions   = ["sqs:SendMessage"]
      resources = [each.value]

      principals {
        type        = "Service"
        identifiers = ["s3.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [local.bucket_arns[statement.value]]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}
