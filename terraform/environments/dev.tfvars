environment         = "dev"
region              = "eu-west-1"
log_retention_days  = 14
deletion_protection = false
execution_log_level = "INFO"
monthly_budget_usd  = 50
