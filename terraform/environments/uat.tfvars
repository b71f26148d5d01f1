environment        = "uat"
region             = "eu-west-1"
log_retention_days = 90
monthly_budget_usd = 100
