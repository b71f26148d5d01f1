//! Documents to serve.

use serde_json::{Value, json};

/// `GET /hello`, and nothing to check.
pub(crate) fn plain() -> Value {
    api(json!({ "/hello": { "get": operation() } }))
}

/// `POST /users/{uid}` beside a hundred other resources, with a body that has to fit a model.
pub(crate) fn validated() -> Value {
    let mut paths = json!({});
    for number in 0..100 {
        paths[format!("/other/{number}/{{id}}")] = json!({ "get": operation() });
    }
    let mut post = operation();
    post["x-amazon-apigateway-request-validator"] = json!("all");
    post["requestBody"] = json!({ "content": { "application/json": { "schema": {
        "type": "object",
        "required": ["username", "email"],
        "properties": {
            "username": { "type": "string", "minLength": 1, "maxLength": 100 },
            "email": { "type": "string", "maxLength": 254 },
            "tags": { "type": "array", "items": { "type": "string" }, "maxItems": 10 },
        },
    } } } });
    paths["/users/{uid}"] = json!({ "post": post });
    let mut api = api(paths);
    api["x-amazon-apigateway-request-validators"] =
        json!({ "all": { "validateRequestBody": true, "validateRequestParameters": true } });
    api
}

fn api(paths: Value) -> Value {
    json!({ "openapi": "3.0.3", "info": { "title": "bench", "version": "1" }, "paths": paths })
}

fn operation() -> Value {
    json!({
        "responses": { "200": { "description": "fine" } },
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:hello/invocations",
        },
    })
}
