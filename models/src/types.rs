//! Generated from openapi/api.yaml.
