# Parameters: that they exist, and who may read them. Their values are set by whoever holds them:
#   aws ssm put-parameter --overwrite --name NAME --type SecureString --key-id alias/lychgate-dev --value ...

resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name        = local.parameter_names[each.key]
  description = try(each.value.description, null)
  type        = try(each.value.secure, true) ? "SecureString" : "String"
  key_id      = try(each.value.secure, true) ? aws_kms_key.this.arn : null

  # Written once and never read: neither plan nor state holds a value.
  value_wo         = "unset"
  value_wo_version = 1

  # The provider writes the value again with whatever else changes, and so would put `unset` in a key's place. Who sets a
  # value without --key-id has it encrypted with the account's own key.
  lifecycle {
    ignore_changes = [description, key_id]
  }

  #checkov:skip=CKV2_AWS_34: a parameter is a SecureString unless the document says that it is no secret
  #checkov:skip=CKV_AWS_337: a SecureString is encrypted with the environment's key
}
