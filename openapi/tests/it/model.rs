//! What the model says about a document.

use openapi::model::{
    Access, AccessLevel, AdditionalProperties, BucketEvent, NotificationTarget, ParameterLocation,
    ResponseStatus, SchemaKind,
};
use openapi::{Api, Placeholders, parse};
use serde_json::json;

fn api(rest: &str) -> Api {
    let text = format!("openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\n{rest}");
    let reading = parse("test.yaml", &text, &Placeholders::none());
    reading.api.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

fn schemas(text: &str) -> Api {
    let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
    api(&format!("paths: {{}}\ncomponents:\n  schemas:\n{indented}"))
}

#[test]
fn path_level_parameters_come_first_and_are_replaced_in_place() {
    let api = api("
paths:
  /a/{id}/{rest+}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
      - { name: trace, in: header, schema: { type: string } }
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: id, in: path, required: true, description: own, schema: { type: integer } }
      responses: { 2XX: { description: ok }, default: { description: else } }
");
    let operation = &api.operations[0];
    let names: Vec<_> =
        operation.parameters.iter().map(|p| (p.name.as_str(), p.location)).collect();
    assert_eq!(
        names,
        [
            ("id", ParameterLocation::Path),
            ("trace", ParameterLocation::Header),
            ("limit", ParameterLocation::Query),
            ("rest", ParameterLocation::Path),
        ]
    );
    assert_eq!(operation.parameters[0].description.as_deref(), Some("own"));
    assert!(operation.parameters[3].required && operation.parameters[3].schema.is_none());
    let statuses: Vec<_> = operation.responses.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [ResponseStatus::Range(2), ResponseStatus::Default]);
    assert_eq!(operation.id, "getAIdRest");
}

#[test]
fn derived_operation_ids_are_unique() {
    let api = api("
paths:
  /a/b: { get: { responses: { 200: { description: ok } } } }
  /a-b: { get: { responses: { 200: { description: ok } } } }
  /c: { get: { operationId: getAB, responses: { 200: { description: ok } } } }
");
    let ids: Vec<_> = api.operations.iter().map(|o| (o.id.as_str(), o.id_declared)).collect();
    assert_eq!(ids, [("getAB2", false), ("getAB3", false), ("getAB", true)]);
}

#[test]
fn the_base_path_is_that_of_the_first_server_or_a_variable_of_any() {
    for (servers, base_path) in [
        ("[{ url: 'https://a.example' }]", ""),
        ("[{ url: 'https://a.example/' }, { url: 'https://a.example/b' }]", ""),
        ("[{ url: 'https://a.example/base/part/' }]", "/base/part"),
        ("[{ url: /v1 }]", "/v1"),
        ("{ url: 'https://a.example/v1' }", "/v1"),
        ("[{ url: 'https://a.example', variables: { basePath: { default: /v1 } } }]", "/v1"),
        (
            "[{ url: 'https://a/x' }, { url: 'https://b/{basePath}', variables: { basePath: { default: v1 } } }]",
            "/v1",
        ),
        ("[{ url: 'https://a/{v}/b/{w}', variables: { v: { default: v2 } } }]", "/v2/b"),
        ("[{ url: 'https://a/{v' }]", "/{v"),
        ("[{ url: 'https://a', variables: { basePath: { default: / } } }]", ""),
        ("[]", ""),
        ("[7]", ""),
    ] {
        assert_eq!(api(&format!("servers: {servers}\npaths: {{}}\n")).base_path, base_path);
    }
}

#[test]
fn defaults_of_the_document_are_folded_into_operations() {
    let api = api("
security: [{ key: [] }]
x-amazon-apigateway-request-validators:
  body: { validateRequestBody: true }
  none: {}
x-amazon-apigateway-request-validator: body
paths:
  /a:
    get: { responses: { 200: { description: ok } } }
    put:
      security: []
      x-amazon-apigateway-request-validator: none
      responses: { 200: { description: ok } }
components:
  securitySchemes:
    key: { type: apiKey, name: x-api-key, in: header }
");
    let [get, put] = &api.operations[..] else { panic!() };
    assert!(get.security[0].contains_key("key") && get.validator.body);
    assert!(put.security.is_empty() && !put.validator.body);
    assert!(api.security_schemes["key"].is_api_key());
    assert!(api.requires_api_key(get) && !api.requires_api_key(put));
}

#[test]
fn components_come_first_and_references_are_their_ids() {
    let api = schemas("
User: { type: object, properties: { pet: { $ref: '#/components/schemas/Pet' }, tag: { type: string } } }
Pet: { type: object, additionalProperties: false, properties: { owner: { $ref: '#/components/schemas/User' } } }
");
    let names: Vec<_> = api.schemas.components().map(|(id, name, _)| (id.0, name)).collect();
    assert_eq!(names, [(0, "User"), (1, "Pet")]);
    let SchemaKind::Object { properties, .. } = &api.schemas.get(openapi::model::SchemaId(0)).kind
    else {
        panic!()
    };
    assert_eq!(properties[0].schema.0, 1);
    assert!(properties[1].schema.0 > 1);
    let SchemaKind::Object { additional, properties, .. } =
        &api.schemas.get(openapi::model::SchemaId(1)).kind
    else {
        panic!()
    };
    assert_eq!(*additional, AdditionalProperties::Denied);
    assert_eq!(properties[0].schema.0, 0);
}

#[test]
fn a_type_beside_all_of_is_one_of_its_parts() {
    let api = schemas("
Base: { type: object }
Mixed: { type: object, required: [a], properties: { a: { type: string } }, allOf: [{ $ref: '#/components/schemas/Base' }] }
Plain: { type: object, allOf: [{ $ref: '#/components/schemas/Base' }] }
Alias: { $ref: '#/components/schemas/Base' }
");
    let kinds: Vec<_> = api.schemas.components().map(|(_, _, schema)| &schema.kind).collect();
    let SchemaKind::AllOf(parts) = kinds[1] else { panic!("{:?}", kinds[1]) };
    assert_eq!(parts.len(), 2);
    assert!(matches!(api.schemas[parts[0]].kind, SchemaKind::Object { .. }));
    assert_eq!(parts[1].0, 0);
    assert!(matches!(kinds[2], SchemaKind::AllOf(parts) if parts.len() == 1));
    assert!(matches!(kinds[3], SchemaKind::AllOf(parts) if parts[0].0 == 0));
}

#[test]
fn discriminator_mapping_is_completed_in_variant_order() {
    let api = schemas(
        "
Cat: { type: object }
Dog: { type: object }
Pet:
  oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }]
  discriminator: { propertyName: kind, mapping: { hound: Dog, puppy: '#/components/schemas/Dog' } }
",
    );
    let (_, _, pet) = api.schemas.components().nth(2).unwrap();
    let SchemaKind::OneOf { discriminator: Some(discriminator), .. } = &pet.kind else { panic!() };
    let mapping: Vec<_> =
        discriminator.mapping.iter().map(|(tag, id)| (tag.as_str(), id.0)).collect();
    assert_eq!(mapping, [("Cat", 0), ("hound", 1), ("puppy", 1)]);
}

#[test]
fn null_in_an_enumeration_makes_it_nullable() {
    let api = schemas("Colour: { type: string, nullable: false, enum: [red, null] }");
    let (_, _, colour) = api.schemas.components().next().unwrap();
    assert!(colour.nullable);
    assert_eq!(colour.enumeration, [json!("red")]);
}

#[test]
fn json_schema_is_self_contained_and_draft_4() {
    let api = schemas(
        "
Name: { type: string, nullable: true, enum: [a] }
Unused: { type: string }
Tree:
  type: object
  properties:
    nullable: { type: boolean }
    name: { $ref: '#/components/schemas/Name' }
    child: { nullable: true, allOf: [{ $ref: '#/components/schemas/Tree' }] }
    lost: { $ref: '#/components/schemas/Nowhere' }
    first: { $ref: '#/components/schemas/Tree/properties/name' }
",
    );
    let (id, _, _) = api.schemas.components().nth(2).unwrap();
    let tree = json!({
        "type": "object",
        "properties": {
            "nullable": { "type": "boolean" },
            "name": { "$ref": "#/components/schemas/Name" },
            "child": { "anyOf": [{ "type": "null" }, { "allOf": [{ "$ref": "#/components/schemas/Tree" }] }] },
            "lost": { "$ref": "#/components/schemas/Nowhere" },
            "first": { "$ref": "#/components/schemas/Tree/properties/name" },
        },
    });
    assert_eq!(
        api.schemas.json_schema(id),
        json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "allOf": [tree],
            "components": { "schemas": {
                "Name": { "type": ["string", "null"], "enum": ["a", null] },
                "Nowhere": {},
                "Tree": tree,
            }},
        })
    );
}

#[test]
fn quoted_placeholders_are_text_and_plain_ones_are_read_again() {
    let text = "openapi: 3.0.3\ninfo: { title: \"${n}\", version: '1' }\npaths: {}\nx-amazon-apigateway-minimum-compression-size: ${n}\n";
    let placeholders: Placeholders = [("n", "7")].into_iter().collect();
    let api = parse("a.yaml", text, &placeholders).api.unwrap();
    assert_eq!((api.title.as_str(), api.minimum_compression_size), ("7", Some(7)));
}

#[test]
fn functions_of_cloudformation_templates_are_their_resources() {
    let text = include_str!("testdata/positive/cloudformation.yaml");
    let api = parse("a.yaml", text, &Placeholders::none()).api.unwrap();
    assert_eq!(api.operations_by_function().keys().collect::<Vec<_>>(), [&"Users", &"Arn"]);
}

#[test]
fn placeholder_of_a_function_is_its_key_in_snake_case() {
    let api = api("
x-lychgate: { functions: { archiveWorker: {} } }
paths:
  /a:
    get:
      responses: { '200': { description: ok } }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: 'arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account_id}:function:${archive_worker_function}/invocations'
");
    assert_eq!(api.operations_by_function().keys().collect::<Vec<_>>(), [&"archiveWorker"]);
}

/// One of everything that the block can declare.
const STORES: &str = r#"
paths: {}
x-lychgate:
  functions:
    tagger:
      vpc: true
      reservedConcurrency: 5
      events: [{ queue: uploads, batchSize: 100, window: 2 }]
      onFailure: uploads
      binary: images
      access:
        - { bucket: pictures, level: read, prefix: in/ }
        - { queue: uploads, level: write }
        - { parameter: apiKey, level: read }
        - { userPool: people, level: read-write }
        - { action: "rekognition:DetectLabels" }
    images:
  roles:
    uploader: { access: [{ bucket: pictures, level: put, prefix: in/ }] }
  tables:
    images:
      partitionKey: { name: id }
      indexes: { byOwner: { partitionKey: { name: owner }, sortKey: { name: at, type: N } } }
  buckets:
    pictures: { notifications: [{ queue: uploads, prefix: in/, events: [created, removed] }] }
    plain:
  queues:
    uploads:
  parameters:
    apiKey:
    knownHosts: { secure: false, local: "${known_hosts}" }
  userPools:
    people: { passwordPolicy: { symbols: true } }
  placeholders:
    partner_url: { description: Where the partner answers. }
    greeting: { description: What to say., default: "" }
"#;

#[test]
fn stores_and_events_have_defaults() {
    let api = api(STORES);
    let block = &api.lychgate;
    let tagger = &block.functions["tagger"];
    assert_eq!((&*tagger.binary, &*block.functions["images"].binary), ("images", "images"));
    assert_eq!((tagger.in_vpc, tagger.reserved_concurrency), (true, Some(5)));
    assert_eq!((tagger.events[0].batch_size, tagger.events[0].window_seconds), (100, 2));
    assert_eq!(tagger.on_failure.as_deref(), Some("uploads"));
    let prefixed = Access::Bucket {
        bucket: "pictures".into(),
        level: AccessLevel::Read,
        prefix: "in/".into(),
    };
    assert_eq!((tagger.access.len(), &tagger.access[0]), (5, &prefixed));
    let labels = Access::Action { action: "rekognition:DetectLabels".into() };
    assert_eq!(tagger.access[4], labels);
    let put =
        Access::Bucket { bucket: "pictures".into(), level: AccessLevel::Put, prefix: "in/".into() };
    assert_eq!(block.roles["uploader"].access, [put]);
    assert_eq!(block.tables["images"].indexes["byOwner"].partition_key.name, "owner");
    let notification = &block.buckets["pictures"].notifications[0];
    assert_eq!(notification.target, NotificationTarget::Queue("uploads".into()));
    assert_eq!(notification.events, [BucketEvent::Created, BucketEvent::Removed]);
    let plain = &block.buckets["plain"];
    assert!(plain.versioning && plain.cors.is_none() && plain.abort_uploads_after_days == 7);
    let queue = &block.queues["uploads"];
    assert_eq!((queue.visibility_timeout_seconds, queue.max_receives), (None, 5));
    assert!(block.parameters["apiKey"].secure && block.parameters["apiKey"].local.is_none());
    assert_eq!(block.parameters["knownHosts"].local.as_deref(), Some("${known_hosts}"));
    assert_eq!(block.defaults().collect::<Vec<_>>(), [("greeting", "")]);
    assert_eq!(block.placeholders["partner_url"].default, None);
    let policy = block.user_pools["people"].password_policy;
    assert!(policy.symbols && policy.digits && policy.length == 12);
}

#[test]
fn what_is_declared_has_placeholders() {
    let api = api(STORES);
    assert_eq!(
        api.lychgate.placeholder_names(),
        [
            "tagger_function",
            "images_function",
            "uploader_role",
            "images_table",
            "pictures_bucket",
            "plain_bucket",
            "uploads_queue",
            "uploads_queue_url",
            "uploads_queue_max_receives",
            "api_key_parameter",
            "known_hosts_parameter",
            "people_user_pool_id",
            "people_user_pool_arn",
            "people_user_pool_client_id",
            "partner_url",
            "greeting"
        ]
    );
}

#[test]
fn references_may_be_percent_encoded() {
    let api = schemas(
        "
'A b/c': { type: string }
D: { type: object, properties: { e: { $ref: '#/components/schemas/A%20b~1c' } } }
",
    );
    let (id, _, _) = api.schemas.components().nth(1).unwrap();
    let schema = api.schemas.json_schema(id);
    assert_eq!(schema["components"]["schemas"]["A b/c"], json!({ "type": "string" }));
    assert_eq!(api.schemas.iter().count(), 2);
}

#[test]
fn every_part_of_the_policy_has_its_place() {
    let api = api("x-amazon-apigateway-policy:
  Version: '2012-10-17'
  Statement:
    - Effect: Allow
      Action:
        - execute-api:Invoke
paths: {}
");
    let policy = api.policy.expect("a policy");
    let line = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        policy.origin_of(&path).position.line
    };
    assert_eq!(line(&[]), 3);
    assert_eq!(line(&["Statement", "0", "Effect"]), 6);
    assert_eq!(line(&["Statement", "0", "Action", "0"]), 8);
    assert_eq!(line(&["Statement", "0", "Resource"]), 6, "the nearest part around it");
    assert_eq!(policy.document["Statement"][0]["Effect"], json!("Allow"));
}

#[test]
fn the_first_server_configures_the_endpoint() {
    let of = |servers: &str| api(&format!("paths: {{}}\nservers:\n{servers}")).endpoint;
    let endpoint = of("  - url: https://a.example/
    x-amazon-apigateway-endpoint-configuration:
      disableExecuteApiEndpoint: true
      vpcEndpointIds: [vpce-1, vpce-2]
")
    .expect("an endpoint");
    assert!(endpoint.disables_execute_api);
    assert_eq!(endpoint.vpc_endpoint_ids, ["vpce-1", "vpce-2"]);
    assert_eq!(endpoint.origin.position.line, 6);
    let second = "  - url: /\n  - url: /\n    x-amazon-apigateway-endpoint-configuration: {}\n";
    assert_eq!(of(second), None);
}
