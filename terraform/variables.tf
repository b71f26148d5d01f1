variable "name" {
  description = "Name of the application: the first part of every name that is created."
  type        = string
  default     = "lychgate"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "name has 2 to 20 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "environment" {
  description = "The environment: the second part of every name, and the stage of the API."
  type        = string

  validation {
    condition     = contains(["dev", "test", "uat", "prod"], var.environment)
    error_message = "environment is one of dev, test, uat and prod: pass -var-file=environments/<environment>.tfvars."
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
}

variable "account_id" {
  description = "The one account this environment may be applied to; null does not check."
  type        = string
  default     = null

  validation {
    condition     = var.account_id == null || can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id has twelve digits."
  }
}

variable "document" {
  description = "The OpenAPI document, relative to this folder."
  type        = string
  default     = "../openapi/api.yaml"
}

variable "packages" {
  description = "Folder of the functions' zips and of manifest.json, relative to this folder. `lychgate package` fills it."
  type        = string
  default     = "../target/lambda"
}

variable "placeholders" {
  description = "What the document's x-lychgate.placeholders are in this environment, by their names; those with a default may be left out."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.placeholders) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Name placeholders without their signs: letters, digits and `_`, for example placeholders = { sftp_url = \"...\" }."
  }
}

variable "endpoint_type" {
  description = "PRIVATE: reachable through the environment's VPC endpoints only. REGIONAL: reachable from the internet."
  type        = string
  default     = "PRIVATE"

  validation {
    condition     = contains(["PRIVATE", "REGIONAL"], var.endpoint_type)
    error_message = "endpoint_type is PRIVATE or REGIONAL."
  }
}

variable "restrict_to_vpc_endpoints" {
  description = "Whether the resource policy of a private API has to deny whoever does not come through an admitted VPC endpoint. False is for emulators, which have no endpoints to come through."
  type        = bool
  default     = true

  validation {
    condition     = var.restrict_to_vpc_endpoints || !contains(["uat", "prod"], var.environment)
    error_message = "uat and prod are reached through their VPC endpoints only: leave restrict_to_vpc_endpoints out."
  }
}

variable "network" {
  description = <<-EOT
    The network callers come from and functions with `vpc: true` run in.
    With vpc_id, everything is looked up: private_subnet_ids for the functions, execute_api_endpoint_id for the callers.
    Without it, a VPC is created: cidr, availability_zones (by letter), nat (a NAT gateway with a fixed address, for partners that
    list the addresses they admit).
    more_endpoint_ids are further VPC endpoints to admit, of other VPCs or accounts. A document with a policy of its own
    names them there, too.
  EOT
  type = object({
    vpc_id                  = optional(string)
    private_subnet_ids      = optional(set(string), [])
    execute_api_endpoint_id = optional(string)
    more_endpoint_ids       = optional(set(string), [])
    cidr                    = optional(string, "10.40.0.0/20")
    availability_zones      = optional(list(string), ["a", "b"])
    nat                     = optional(bool, true)
  })
  default = {}

  validation {
    condition     = var.network.vpc_id == null || var.network.execute_api_endpoint_id != null
    error_message = "With network.vpc_id, name the VPC's endpoint for execute-api too: network.execute_api_endpoint_id."
  }
  validation {
    condition     = can(cidrsubnet(var.network.cidr, 4, 15))
    error_message = "network.cidr is an IPv4 range with room for 16 subnets, for example 10.40.0.0/20."
  }
  validation {
    condition     = length(var.network.availability_zones) >= 2 && length(var.network.availability_zones) <= 8
    error_message = "network.availability_zones names two to eight zones by their letter, for example [\"a\", \"b\"]."
  }
}

variable "architecture" {
  description = "Processor of the functions: what `lychgate package` built for."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is x86_64 or arm64."
  }
}

variable "functions" {
  description = "Settings of functions that differ in this environment, by key of x-lychgate.functions. environment is added to the document's."
  type = map(object({
    memory               = optional(number)
    timeout              = optional(number)
    reserved_concurrency = optional(number)
    environment          = optional(map(string), {})
  }))
  default = {}
}

variable "user_pools" {
  description = "Settings of user pools that differ in this environment, by key of x-lychgate.userPools."
  type = map(object({
    password_policy = optional(object({
      length    = optional(number)
      lowercase = optional(bool)
      uppercase = optional(bool)
      digits    = optional(bool)
      symbols   = optional(bool)
    }))
  }))
  default = {}
}

variable "function_environment" {
  description = "Environment variables that every function gets in this environment."
  type        = map(string)
  default     = {}
}

variable "throttle" {
  description = "Requests per second and burst that each method admits."
  type        = object({ rate = number, burst = number })
  default     = { rate = 100, burst = 200 }
}

variable "usage_plan" {
  description = "A usage plan for methods that require an API key; null creates none. Keys are made elsewhere, so that no key is in the state."
  type = object({
    rate         = number
    burst        = number
    quota        = optional(number)
    quota_period = optional(string, "MONTH")
  })
  default = null
}

variable "execution_log_level" {
  description = "What API Gateway logs about each request: OFF, ERROR or INFO. Bodies are never logged."
  type        = string
  default     = "ERROR"

  validation {
    condition     = contains(["OFF", "ERROR", "INFO"], var.execution_log_level)
    error_message = "execution_log_level is OFF, ERROR or INFO."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365
}

variable "deletion_protection" {
  description = "Whether tables, the user pool and buckets with content withstand `terraform destroy`."
  type        = bool
  default     = true
}

variable "alarms" {
  description = "Who is told, and from when on."
  type = object({
    emails           = optional(set(string), [])
    latency_p99_ms   = optional(number, 5000)
    server_error_pct = optional(number, 1)
  })
  default = {}
}

variable "monthly_budget_usd" {
  description = "Budget of the environment in US dollars; null sets none."
  type        = number
  default     = null
}

variable "tags" {
  description = "Tags of everything, beside Application, Environment and ManagedBy."
  type        = map(string)
  default     = {}
}
