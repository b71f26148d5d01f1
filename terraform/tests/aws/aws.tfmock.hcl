# What the mocked provider answers where its own inventions would be refused.

mock_data "aws_caller_identity" {
  defaults = { account_id = "111122223333" }
}
mock_data "aws_partition" {
  defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
}
mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::111122223333:role/r" }
}
mock_resource "aws_kms_key" {
  defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/k" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:t" }
}
mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:eu-west-1:111122223333:function:f", version = "1" }
}
mock_resource "aws_lambda_alias" {
  defaults = { arn = "arn:aws:lambda:eu-west-1:111122223333:function:f:live" }
}
mock_resource "aws_sqs_queue" {
  defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:q" }
}
mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:g" }
}
mock_resource "aws_cognito_user_pool" {
  defaults = { id = "eu-west-1_pool", arn = "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_pool" }
}
mock_resource "aws_api_gateway_rest_api" {
  defaults = { id = "a1b2c3", execution_arn = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3" }
}
mock_resource "aws_vpc_endpoint" {
  defaults = { id = "vpce-1" }
}
