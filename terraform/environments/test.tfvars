environment         = "test"
region              = "eu-west-1"
log_retention_days  = 30
deletion_protection = false
monthly_budget_usd  = 50
