environment         = "dev"
region              = "eu-west-1"
log_retention_days  = 14
deletion_protection = false
execution_log_level = "INFO"
monthly_budget_usd  = 50

# The partner's SFTP server; user's key and host keys are in the parameters sftpPrivateKey and sftpKnownHosts.
placeholders = {
  sftp_url = "sftp://lychgate@sftp.dev.example.com:22/inbox"
}
