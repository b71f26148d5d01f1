environment        = "uat"
region             = "eu-west-1"
log_retention_days = 90
monthly_budget_usd = 100

# The partner's SFTP server, whose user's key and host keys are in the parameters sftpPrivateKey and sftpKnownHosts; the
# pages that call the API.
placeholders = {
  sftp_url       = "sftp://lychgate@sftp.uat.example.com:22/inbox"
  allowed_origin = "https://app.uat.example.com"
}
