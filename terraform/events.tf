# What calls functions beside the API: queues and buckets.

locals {
  queue_events = merge([
    for key, it in local.functions : { for events in try(it.events, []) : "${key}/${events.queue}" => merge(events, { function = key }) }
  ]...)
}

resource "aws_lambda_event_source_mapping" "queue" {
  for_each = local.queue_events

  function_name                      = aws_lambda_alias.live[each.value.function].arn
  event_source_arn                   = aws_sqs_queue.this[each.value.queue].arn
  batch_size                         = try(each.value.batchSize, 10)
  maximum_batching_window_in_seconds = try(each.value.window, 0)
  # One message that fails does not bring back the others.
  function_response_types = ["ReportBatchItemFailures"]

  dynamic "scaling_config" {
    for_each = try([each.value.maxConcurrency], [])

    content {
      maximum_concurrency = scaling_config.value
    }
  }

  depends_on = [aws_iam_role_policy.function]

  lifecycle {
    precondition {
      condition     = local.visibility_timeouts[each.value.queue] >= local.function_settings[each.value.function].timeout
      error_message = <<-EOT
        The queue ${each.value.queue} shows a message again after ${local.visibility_timeouts[each.value.queue]} s, while ${each.value.function} may
        still work on it: leave visibilityTimeout out of x-lychgate.queues, or lower the function's timeout in `functions`.
      EOT
    }
  }
}

locals {
  bucket_event_names = { created = "s3:ObjectCreated:*", removed = "s3:ObjectRemoved:*" }

  # A bucket has one notification configuration, with all its targets.
  notifications = {
    for key, it in local.buckets : key => [
      for notification in try(it.notifications, []) : {
        queue    = try(notification.queue, null)
        function = try(notification.function, null)
        events   = [for event in try(notification.events, ["created"]) : local.bucket_event_names[event]]
        prefix   = try(notification.prefix, null)
        suffix   = try(notification.suffix, null)
      }
    ]
  }
  functions_told_by_buckets = merge([
    for key, them in local.notifications : {
      for it in them : "${key}/${it.function}" => { bucket = key, function = it.function } if it.function != null
    }
  ]...)
}

resource "aws_lambda_permission" "bucket" {
  for_each = local.functions_told_by_buckets

  function_name  = aws_lambda_function.this[each.value.function].function_name
  qualifier      = aws_lambda_alias.live[each.value.function].name
  action         = "lambda:InvokeFunction"
  principal      = "s3.amazonaws.com"
  source_arn     = local.bucket_arns[each.value.bucket]
  source_account = local.account_id
}

resource "aws_s3_bucket_notification" "this" {
  for_each = { for key, them in local.notifications : key => them if length(them) > 0 }

  bucket = aws_s3_bucket.this[each.key].id

  dynamic "queue" {
    for_each = [for it in each.value : it if it.queue != null]

    content {
      queue_arn     = aws_sqs_queue.this[queue.value.queue].arn
      events        = queue.value.events
      filter_prefix = queue.value.prefix
      filter_suffix = queue.value.suffix
    }
  }

  dynamic "lambda_function" {
    for_each = [for it in each.value : it if it.function != null]

    content {
      lambda_function_arn = aws_lambda_alias.live[lambda_function.value.function].arn
      events              = lambda_function.value.events
      filter_prefix       = lambda_function.value.prefix
      filter_suffix       = lambda_function.value.suffix
    }
  }

  depends_on = [aws_lambda_permission.bucket]
}
