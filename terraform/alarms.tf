# Alarms, and who hears them.

resource "aws_sns_topic" "alarms" {
  name              = "${local.prefix}-alarms"
  kms_master_key_id = aws_kms_key.this.arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.alarms.emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

locals {
  api_dimensions = { ApiName = aws_api_gateway_rest_api.this.name, Stage = var.environment }

  # What all alarms have, beside what tells them apart.
  alarms = merge(
    {
      api-server-errors = {
        description = "More than ${var.alarms.server_error_pct} % of requests end in 5xx"
        namespace   = "AWS/ApiGateway", metric = "5XXError", statistic = "Average", dimensions = local.api_dimensions
        threshold   = var.alarms.server_error_pct / 100, periods = 5
      }
      api-latency = {
        description = "The slowest hundredth of requests takes more than ${var.alarms.latency_p99_ms} ms"
        namespace   = "AWS/ApiGateway", metric = "Latency", statistic = "p99", dimensions = local.api_dimensions
        threshold   = var.alarms.latency_p99_ms, periods = 5
      }
    },
    { for key, name in local.function_names : "${key}-errors" => {
      description = "${key} fails"
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum", dimensions = { FunctionName = name }
      threshold   = 0, periods = 1
    } },
    { for key, name in local.function_names : "${key}-throttles" => {
      description = "${key} is called more often than it may run"
      namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum", dimensions = { FunctionName = name }
      threshold   = 0, periods = 1
    } },
    { for key, name in local.function_names : "${key}-duration" => {
      description = "${key} needs more than 80 % of its timeout"
      namespace   = "AWS/Lambda", metric = "Duration", statistic = "Maximum", dimensions = { FunctionName = name }
      threshold   = 800 * local.function_settings[key].timeout, periods = 3
    } },
    { for key, name in local.queue_names : "${key}-dead-letters" => {
      description = "Messages of ${key} could not be worked off"
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions  = { QueueName = "${name}-dead-letters" }
      threshold   = 0, periods = 1
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.periods
  # No requests are no fault.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.prefix

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in [
        {
          title = "Requests", stat = "Sum", metrics = [
            for metric in ["Count", "4XXError", "5XXError"] :
            ["AWS/ApiGateway", metric, "ApiName", local.prefix, "Stage", var.environment]
          ]
        },
        {
          title = "Latency, p99 (ms)", stat = "p99", metrics = [
            for metric in ["Latency", "IntegrationLatency"] :
            ["AWS/ApiGateway", metric, "ApiName", local.prefix, "Stage", var.environment]
          ]
        },
        {
          title   = "Function errors", stat = "Sum",
          metrics = [for name in values(local.function_names) : ["AWS/Lambda", "Errors", "FunctionName", name]]
        },
        {
          title   = "Function duration, p99 (ms)", stat = "p99",
          metrics = [for name in values(local.function_names) : ["AWS/Lambda", "Duration", "FunctionName", name]]
        },
        {
          title = "Queued and dead messages", stat = "Maximum", metrics = concat(
            [for name in values(local.queue_names) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]],
            [for name in values(local.queue_names) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${name}-dead-letters"]],
          )
        },
      ] :
      {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          stat    = widget.stat
          metrics = widget.metrics
          region  = var.region
          period  = 60
        }
      } if length(widget.metrics) > 0
    ]
  })
}

resource "aws_budgets_budget" "this" {
  count = var.monthly_budget_usd == null ? 0 : 1

  name         = local.prefix
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [join("$", ["user:Environment", var.environment])]
  }

  dynamic "notification" {
    for_each = length(var.alarms.emails) == 0 ? {} : { actual = 100, forecast = 110 }

    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.key == "actual" ? "ACTUAL" : "FORECASTED"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.alarms.emails
    }
  }
}
