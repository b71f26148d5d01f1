# DynamoDB tables.

locals {
  # Attributes are those of keys: of the table and of its indexes.
  table_attributes = {
    for key, it in local.tables : key => merge([
      for part in concat([it], values(merge(try(it.indexes, null), {}))) : merge(
        { (part.partitionKey.name) = try(part.partitionKey.type, "S") },
        try({ (part.sortKey.name) = try(part.sortKey.type, "S") }, {}),
      )
    ]...)
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = local.table_names[each.key]
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.partitionKey.name
  range_key                   = try(each.value.sortKey.name, null)
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = local.table_attributes[each.key]

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = merge(try(each.value.indexes, null), {})

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partitionKey.name
      range_key       = try(global_secondary_index.value.sortKey.name, null)
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = try([each.value.timeToLive], [])

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }
}
