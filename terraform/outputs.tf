output "api_id" {
  description = "Id of the REST API; callers through an endpoint without private DNS send it as x-apigw-api-id."
  value       = aws_api_gateway_rest_api.this.id
}

output "stage" {
  description = "Stage of the API."
  value       = aws_api_gateway_stage.this.stage_name
}

output "invoke_url" {
  description = "Base URL where private DNS is on, or anywhere for a REGIONAL API."
  value       = aws_api_gateway_stage.this.invoke_url
}

output "endpoint_invoke_urls" {
  description = "Base URLs without private DNS: by the alias of each admitted VPC endpoint."
  value = {
    for id in local.admitted_endpoint_ids :
    id => "https://${aws_api_gateway_rest_api.this.id}-${id}.execute-api.${var.region}.${data.aws_partition.this.dns_suffix}/${var.environment}"
  }
}

output "vpc_endpoint_hosts" {
  description = "Host names of the VPC endpoint; with one of them, callers name the API in x-apigw-api-id."
  value       = [for entry in flatten(aws_vpc_endpoint.execute_api[*].dns_entry) : entry.dns_name]
}

output "vpc_endpoint_id" {
  description = "The VPC endpoint that callers come through."
  value       = local.execute_api_endpoint_id
}

output "nat_address" {
  description = "Address from which functions in the VPC reach partners."
  value       = one(aws_eip.nat[*].public_ip)
}

output "function_names" {
  description = "Names of the functions by their key in x-lychgate."
  value       = local.function_names
}

output "table_names" {
  description = "Names of the tables by their key in x-lychgate."
  value       = local.table_names
}

output "bucket_names" {
  description = "Names of the buckets by their key in x-lychgate."
  value       = local.bucket_names
}

output "queue_urls" {
  description = "Addresses of the queues by their key in x-lychgate."
  value       = { for key, queue in aws_sqs_queue.this : key => queue.url }
}

output "dead_letter_queue_urls" {
  description = "Addresses of the dead-letter queues by the key of their queue."
  value       = { for key, queue in aws_sqs_queue.dead_letters : key => queue.url }
}

output "parameter_names" {
  description = "Names of the parameters whose values have to be set."
  value       = local.parameter_names
}

output "user_pools" {
  description = "Ids of user pools and their clients by their key in x-lychgate."
  value = {
    for key, pool in aws_cognito_user_pool.this :
    key => { id = pool.id, client_id = aws_cognito_user_pool_client.this[key].id }
  }
}

output "usage_plan_id" {
  description = "The usage plan, which API keys are added to; null where there is none."
  value       = one(aws_api_gateway_usage_plan.this[*].id)
}

output "deployment_body" {
  description = "Digest of what is deployed: document and policy."
  value       = aws_api_gateway_deployment.this.triggers.body
}
