# Log groups, all with an end and all encrypted.

locals {
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
  access_log_format = {
    requestId         = "$context.requestId"
    extendedRequestId = "$context.extendedRequestId"
    xrayTraceId       = "$context.xrayTraceId"
    requestTime       = "$context.requestTime"
    sourceIp          = "$context.identity.sourceIp"
    vpcEndpointId     = "$context.identity.vpceId"
    caller            = "$context.identity.caller"
    user              = "$context.identity.user"
    principalId       = "$context.authorizer.principalId"
    httpMethod        = "$context.httpMethod"
    resourcePath      = "$context.resourcePath"
    path              = "$context.path"
    protocol          = "$context.protocol"
    status            = "$context.status"
    responseLength    = "$context.responseLength"
    responseLatency   = "$context.responseLatency"
    integrationStatus = "$context.integration.status"
    integrationError  = "$context.integration.error"
    latency           = "$context.integration.latency"
    errorMessage      = "$context.error.message"
    errorType         = "$context.error.responseType"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${local.prefix}/access"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn

  #checkov:skip=CKV_AWS_338: how long logs are kept is the environment's choice; the default is a year
}

# API Gateway's own name for the execution log of a stage.
resource "aws_cloudwatch_log_group" "execution" {
  name              = "API-Gateway-Execution-Logs_${aws_api_gateway_rest_api.this.id}/${var.environment}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn

  #checkov:skip=CKV_AWS_338: how long logs are kept is the environment's choice; the default is a year
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${local.function_names[each.key]}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.this.arn

  #checkov:skip=CKV_AWS_338: how long logs are kept is the environment's choice; the default is a year
}
