environment        = "prod"
region             = "eu-west-1"
log_retention_days = 365
monthly_budget_usd = 500

throttle = { rate = 500, burst = 1000 }

network = {
  availability_zones = ["a", "b", "c"]
}

# What differs from x-lychgate.functions here.
functions = {
  users = { memory = 512 }
  items = { memory = 512 }
}

# What differs from x-lychgate.userPools here.
user_pools = {
  members = { password_policy = { length = 14, symbols = true } }
}

# The partner's SFTP server, whose user's key and host keys are in the parameters sftpPrivateKey and sftpKnownHosts; the
# pages that call the API.
placeholders = {
  sftp_url       = "sftp://lychgate@sftp.example.com:22/inbox"
  allowed_origin = "https://app.example.com"
}
