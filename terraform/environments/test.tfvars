environment         = "test"
region              = "eu-west-1"
log_retention_days  = 30
deletion_protection = false
monthly_budget_usd  = 50

# The partner's SFTP server; user's key and host keys are in the parameters sftpPrivateKey and sftpKnownHosts.
placeholders = {
  sftp_url = "sftp://lychgate@sftp.test.example.com:22/inbox"
}
