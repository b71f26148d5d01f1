# S3 buckets: private, encrypted, TLS only.

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket        = local.bucket_names[each.key]
  force_destroy = !var.deletion_protection

  #checkov:skip=CKV_AWS_21: versioned unless the document says `versioning: false`
  #checkov:skip=CKV_AWS_18: CloudTrail's data events tell who did what; access logs would need a bucket that logs to itself
  #checkov:skip=CKV_AWS_144: a copy in another region is a decision about the data, not about the bucket
  #checkov:skip=CKV2_AWS_62: notifications exist where x-lychgate declares them
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = try(each.value.versioning, true) ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = try(each.value.abortUploadsAfter, 7)
    }
    # Deleting leaves a marker, also where versioning is suspended; it goes once no version lies behind it.
    expiration {
      expired_object_delete_marker = true
    }
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }

  dynamic "rule" {
    for_each = { for expiry in try(each.value.expire, []) : try(expiry.prefix, "") => expiry.days }

    content {
      id     = rule.key == "" ? "expire" : "expire-${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_cors_configuration" "this" {
  for_each = { for key, it in local.buckets : key => it if try(it.cors, null) != null }

  bucket = aws_s3_bucket.this[each.key].id

  cors_rule {
    allowed_origins = local.declared.buckets[each.key].cors.origins
    allowed_methods = each.value.cors.methods
    allowed_headers = try(each.value.cors.headers, ["*"])
    expose_headers  = try(each.value.cors.exposeHeaders, [])
    max_age_seconds = 3600
  }
}

# Where a role of an integration writes, nobody else does but the functions that declare it, whatever their own policies
# say: what lies there came by way of the API. Only putting is denied, so that administrators can still delete objects and
# change this policy.
locals {
  writes = { for key, it in merge(local.functions, local.roles) : key => [
    for access in try(it.access, []) : { bucket = access.bucket, prefix = try(access.prefix, "") }
    if try(access.bucket, null) != null && try(access.level, "read") != "read"
  ] }
  closed_prefixes = {
    for bucket in keys(local.buckets) : bucket => distinct([
      for write in flatten([for role in keys(local.roles) : local.writes[role]]) : write.prefix if write.bucket == bucket
    ])
  }
  writers = {
    for bucket, prefixes in local.closed_prefixes : bucket => {
      for prefix in prefixes : prefix => [
        for key, writes in local.writes : "arn:${local.partition}:iam::${local.account_id}:role/${local.prefix}-${key}"
        if anytrue([
          for write in writes : write.bucket == bucket &&
          (startswith(write.prefix, prefix) || startswith(prefix, write.prefix))
        ])
      ]
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arns[each.key], "${local.bucket_arns[each.key]}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = local.writers[each.key]

    content {
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.bucket_arns[each.key]}/${statement.key}*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      # The role behind a session, also that of a presigned URL
      # (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn);
      # MiniStack has the session itself there, which AWS never does.
      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values = flatten([for arn in statement.value : [
          arn, "${replace(replace(arn, ":iam::", ":sts::"), ":role/", ":assumed-role/")}/*"
        ]])
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}
