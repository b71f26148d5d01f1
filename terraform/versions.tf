terraform {
  # 1.11: write-only arguments, which keep parameter values out of the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 6.0.0"
    }
  }

  # Completed by environments/<environment>.s3.tfbackend.
  backend "s3" {}
}

provider "aws" {
  region = var.region

  allowed_account_ids = var.account_id == null ? null : [var.account_id]

  default_tags {
    tags = merge(var.tags, {
      Application = var.name
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}
