//! Behaviour that was recorded on API Gateway, or that widely deployed templates rely on.

use super::*;

#[test]
fn maps_print_as_java_and_lists_as_json() {
    let rows = [
        (r#"{"json": {"foo": "bar"}}"#, "{foo=bar}"),
        (r#"{"json": [{"foo": "bar"}]}"#, r#"[{"foo":"bar"}]"#),
        (r#"{"json": {"list": [{"foo": "bar"}]}}"#, r#"{list=[{"foo":"bar"}]}"#),
        (r#"{"json": {"bigger": "dict", "to": "test"}}"#, "{bigger=dict, to=test}"),
        (r#"{"json": null}"#, ""),
    ];
    for (body, expected) in rows {
        let template = r#"#set($result = $input.path("$.json"))$result"#;
        assert_eq!(render_body(template, body), expected, "{body}");
    }
    let text = r#"#set($result = $input.path("$.json"))$result.toString()"#;
    assert_eq!(render_body(text, r#"{"json": {"foo": "bar"}}"#), "{foo=bar}");
}

#[test]
fn an_empty_list_is_neither_null_nor_an_empty_text() {
    let template = r#"#set($v = $input.path("$.v"))$v|$v.nested|#if( $v == $null )null#else not#end|#if( $v == "" )empty#else not#end"#;
    assert_eq!(render_body(template, r#"{"v": []}"#), "[]|| not| not");
    assert_eq!(render_body(template, r#"{"v": null}"#), "||null|empty");
    assert_eq!(render_body(template, ""), "||null|empty");
}

#[test]
fn an_empty_body_reads_as_an_empty_object() {
    assert_eq!(render_body("$input.body", ""), "{}");
    assert_eq!(render_body("$input.json('$')", ""), "{}");
    assert_eq!(render_body("$input.body.member", ""), "");
    assert_eq!(render_body("$input.body", "some raw data"), "some raw data");
    assert_eq!(render_body("$util.urlEncode($input.body)", "some raw data"), "some+raw+data");
    assert_eq!(render_body("a=$util.urlEncode($input.body.x)", "some raw data"), "a=");
}

#[test]
fn an_undefined_stage_variable_prints_nothing() {
    check(&[
        (r#"{"v": "$stageVariables.version"}"#, r#"{"v": ""}"#),
        ("$stageVariables.color ${stageVariables['color']}", "blue blue"),
    ]);
}

#[test]
fn parameters_are_found_in_path_query_and_header() {
    check(&[
        (r#"{"id": $input.params().path.id}"#, r#"{"id": 42}"#),
        ("$input.params('both') $input.params('q') $input.params('X-Tag')", "path it's a/b"),
        ("[$input.params('nowhere')]", "[]"),
        ("$input.params().header.get('X-Tag')", "a/b"),
    ]);
}

#[test]
fn overrides_are_left_in_the_context_and_seen_by_the_next_template() {
    let mut scope = scope("");
    let request = r#"
#set($context.responseOverride.status = 444)
#set($context.responseOverride.header.foo = "bar")
#set($context.responseOverride.header['Content-Type'] = "text/plain")
#set($context.requestOverride.path.id = $input.params('id'))
#set($context.responseOverride.custom = "is also passed around")
{
  "statusCode": 200
}
"#;
    let rendered = render_with(request, &mut scope).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&rendered).unwrap(), json!({"statusCode": 200}));
    assert_eq!(scope.status_override(), Some(444));
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(scope.response_headers(), [text("foo", "bar"), text("Content-Type", "text/plain")]);
    assert_eq!(scope.request_overrides("path"), [text("id", "42")]);
    let response = "$context.responseOverride.custom $context.responseOverride.status";
    assert_eq!(render_with(response, &mut scope).unwrap(), "is also passed around 444");
}

#[test]
fn a_status_follows_the_text_of_the_answer() {
    let template = r#"#set($inputRoot = $input.path('$'))
$input.json("$")
#if($inputRoot.toString().contains("customerror"))
#set($context.responseOverride.status = 400)
#else
#set($context.responseOverride.status = 202)
#end
"#;
    for (body, status) in [(r#"{"body": "noerror"}"#, 202), (r#"{"body": "customerror"}"#, 400)] {
        let mut scope = scope(body);
        let rendered = render_with(template, &mut scope).unwrap();
        assert_eq!(rendered.trim(), body.replace(": ", ":"));
        assert_eq!(scope.status_override(), Some(status));
    }
}

#[test]
fn the_common_request_template_makes_json() {
    let template = r#"#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
#set($params = $allParams.get($type))
"$type" : {
#foreach($paramName in $params.keySet())
"$paramName" : "$util.escapeJavaScript($params.get($paramName)).replaceAll("\\'","'")"
    #if($foreach.hasNext),#end
#end
}
#if($foreach.hasNext),#end
#end
},
"stage" : "$context.stage", "nobody": "$context.identity.userArn"
}"#;
    let rendered = render_body(template, r#"{"a": [1, 2.50]}"#);
    let value: Value = serde_json::from_str(&rendered).unwrap_or_else(|_| panic!("{rendered}"));
    assert_eq!(
        value,
        json!({
            "body-json": {"a": [1, 2.5]},
            "params": {
                "path": {"id": "42", "both": "path"},
                "querystring": {"q": "it's", "both": "query"},
                "header": {"X-Tag": "a/b", "both": "header"}
            },
            "stage": "dev",
            "nobody": ""
        })
    );
}

#[test]
fn define_prints_its_block_with_the_variables_of_the_moment() {
    let template = "#define($loop){#foreach($k in $map.keySet())\"$k\": \"$map.get($k)\"#if($foreach.hasNext), #end#end}#end
#set($map = $input.params().path)$loop
#set($map = $context.identity)$loop";
    assert_eq!(
        render(template),
        "{\"id\": \"42\", \"both\": \"path\"}\n{\"sourceIp\": \"127.0.0.1\", \"userArn\": \"\"}"
    );
}

#[test]
fn form_data_is_a_text_for_path() {
    let template = "#foreach($pair in $input.path('$').split('&'))$pair.split('=')[1];#end";
    assert_eq!(render_body(template, "a=1&b=2"), "1;2;");
}

#[test]
fn numbers_are_rendered_again_except_in_the_body() {
    let body = r#"{"n": 10.00}"#;
    assert_eq!(render_body("$input.body", body), body);
    assert_eq!(render_body("$input.json('$.n') $input.path('$.n')", body), "10.0 10.0");
}

/// Tools that start state machines deploy templates of this shape.
#[test]
fn an_input_is_put_together_as_text_and_escaped_at_the_end() {
    let template = r#"#set($text = '')
#set($withPath = true)
#set($none = "")
{
    "name": "start",
    #set($text = "$text,@@body@@: $input.body")
    #if ($withPath)
        #set($text = "$text, @@path@@:{")
        #foreach($name in $input.params().path.keySet())
            #set($text = "$text @@$name@@: @@$util.escapeJavaScript($input.params().path.get($name))@@")
            #if($foreach.hasNext)
                #set($text = "$text,")
            #end
        #end
        #set($text = "$text }")
    #end
    ## nothing to add
    #if($none && !$none.empty)
        #set($text = "$text, @@none@@: $none")
    #end
    #set($text = "$text}")
    #set($text = $text.replaceAll("@@",'"'))
    #set($length = $text.length() - 1)
    "input": "{$util.escapeJavaScript($text.substring(1,$length)).replaceAll("\\'","'")}"
}"#;
    let rendered = render_body(template, r#"{"it's": 1}"#);
    let outer: Value = serde_json::from_str(&rendered).unwrap_or_else(|_| panic!("{rendered}"));
    let input: Value = serde_json::from_str(outer["input"].as_str().unwrap()).unwrap();
    assert_eq!(input, json!({"body": {"it's": 1}, "path": {"id": "42", "both": "path"}}));
}

/// `$context` takes overrides in every notation of Velocity; `put` prints nothing.
#[test]
fn overrides_may_be_written_in_every_notation() {
    let mut scope = scope("");
    let template = r#"#set($name = "foo")
#set($context.requestOverride.querystring[$name] = "bar")
$context.requestOverride.querystring.put("put", "done")
#set($context["requestOverride"].header["X-A"] = "a")
#set($context.requestOverride.path.id = 7)
$context.responseOverride.header.put('X-B', "b"){"statusCode": 200}"#;
    let rendered = render_with(template, &mut scope).unwrap();
    assert_eq!(rendered.trim(), r#"{"statusCode": 200}"#);
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(scope.request_overrides("querystring"), [text("foo", "bar"), text("put", "done")]);
    assert_eq!(scope.request_overrides("header"), [text("X-A", "a")]);
    assert_eq!(scope.request_overrides("path"), [text("id", "7")]);
    assert_eq!(scope.response_headers(), [text("X-B", "b")]);
    let response =
        r#"$context.requestOverride.querystring["foo"] $context.requestOverride.querystring.put"#;
    assert_eq!(render_with(response, &mut scope).unwrap(), "bar done");
}

#[test]
fn only_whole_numbers_from_100_to_599_override_the_status() {
    for (value, status) in [
        ("100", Some(100)),
        ("599", Some(599)),
        ("600", None),
        ("99", None),
        ("'400'", None),
        ("404.5", None),
    ] {
        let mut scope = scope("");
        let template = format!("#set($context.responseOverride.status = {value})");
        render_with(&template, &mut scope).unwrap();
        assert_eq!(scope.status_override(), status, "{value}");
    }
}

/// Guide, "mapping template reference": `$context.authorizer.claims` itself is null.
#[test]
fn claims_are_read_one_by_one() {
    let mut scope = scope("");
    let claims = json!({"claims": {"sub": "s", "custom:role": "r"}, "principalId": "p"});
    scope.context.insert("authorizer".to_owned(), claims);
    let template = "$context.authorizer.claims|$context.authorizer.claims.sub|$context.authorizer.claims['custom:role']|$context.authorizer.principalId|#if($context.authorizer.claims)y#end";
    assert_eq!(render_with(template, &mut scope).unwrap(), "|s|r|p|");
}

/// The parser behind `$input` takes names and texts without quotes.
#[test]
fn bodies_that_are_nearly_json_are_read() {
    assert_eq!(
        render_body("$input.json('$') $input.path('$.a')", "{a: b, 'c': 1,}"),
        r#"{"a":"b","c":1} b"#
    );
    assert_eq!(render_body("$input.path('$')", "{unfinished"), "{unfinished");
    assert_eq!(
        render_body("$input.path('$.id')", r#"{"id": 12345678901234567890}"#),
        "12345678901234567890"
    );
}
