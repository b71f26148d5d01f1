//! What is refused or fails, and says where.

use super::*;

fn render_error(template: &str) -> RenderError {
    render_with(template, &mut scope("")).expect_err(template)
}

#[test]
fn refused_directives_have_a_position() {
    for name in ["#macro", "#parse", "#include", "#evaluate", "#{macro}"] {
        let error = parse_error(&format!("a\n é {name}('x')"));
        assert_eq!((error.line, error.column), (2, 4), "{name}");
        assert!(error.message.contains("not available"), "{error}");
    }
}

#[test]
fn what_is_not_closed_is_told_where_it_starts() {
    let rows = [
        ("x #if(true)", 3, "`#if` is not closed"),
        ("#foreach($i in [1])#if(true)#end", 1, "`#foreach` is not closed"),
        ("x#end", 2, "belongs to no"),
        ("#if(true)#else#else#end", 15, "expected the `#end`"),
        ("#set($x = 'a)", 11, "string is not closed"),
        ("#set($x = )", 11, "expected a value here"),
        ("#set(x = 1)", 6, "expected a variable"),
        ("#set($x.y() = 1)", 8, "cannot be assigned"),
        ("${x.y", 1, "is not closed"),
        ("#if($x = 1)a#end", 8, "expected `)`"),
        ("#foreach($x.y in [])#end", 12, "plain variable"),
        ("$x.y(1 2)", 8, "expected `,` or `)`"),
        ("#set($x = foo)", 11, "`foo` is not expected"),
        ("#if true", 5, "expected `(`"),
        ("#set($x = 999999999999999999999999999999999999999999)", 11, "too large"),
    ];
    for (template, column, message) in rows {
        let error = parse_error(template);
        assert_eq!((error.line, error.column), (1, column), "{template}: {error}");
        assert!(error.message.contains(message), "{template}: {error}");
    }
}

#[test]
fn what_throws_in_java_fails_with_a_position() {
    let rows = [
        ("#set($s = 'ab')\n$s.substring(3)", "is not within a text of length 2"),
        ("#set($l = [])\n$l.get(0)", "out of bounds for length 0"),
        ("#set($s = 'ab')\n$s.matches('(')", "no regular expression"),
        ("#set($s = 'ab')\n$s.replaceAll('a', '$9')", "no group 9"),
        ("#set($n = 0)\n$n.parseInt('x')", "no whole number"),
        ("\n$input.path('$[')", "JSONPath"),
        ("\n$util.base64Decode('!')", "not base64"),
    ];
    for (template, message) in rows {
        let error = render_error(template);
        assert_eq!(error.line, 2, "{template}: {error}");
        assert!(error.message.contains(message), "{template}: {error}");
    }
}

#[test]
fn an_override_may_be_set_once() {
    let error = render_error(
        "#set($context.responseOverride.status = 200)\n#set($context.responseOverride.status = 400)",
    );
    assert_eq!(error.line, 2);
    assert!(error.message.contains("`status` is overridden a second time"), "{error}");
}

#[test]
fn a_failed_template_leaves_no_override() {
    let mut scope = scope("");
    let template = "#set($context.responseOverride.status = 400)$input.path('$[')";
    assert!(render_with(template, &mut scope).is_err());
    assert_eq!(scope.status_override(), None);
}

#[test]
fn limits_end_what_would_not_end() {
    let rows = [
        "#foreach($i in [1..1000])#foreach($j in [1..1000])$i#end#end",
        "#set($s = 'x')#foreach($i in [1..99])#set($s = \"$s$s\")#end",
        "#set($s = 'x')$s.repeat(99999999999)",
        "#define($d)$d#end$d",
        "#set($m = {})#set($m.m = $m)$m",
        "#set($l = [])#foreach($i in [1..100])#set($n = [$l, $l])#set($l = $n)#end$l",
        "#set($l = [])#foreach($i in [1..100])#set($n = {'a': $l, 'b': $l})#set($l = $n)#end#set($context.responseOverride.x = $l)",
        "#set($x = [1..99999999999])",
        "#set($l = [1])#foreach($i in [1..100])#set($x = $l.addAll($l))#end",
    ];
    for template in rows {
        assert!(!render_error(template).message.is_empty(), "{template}");
    }
}

#[test]
fn a_pathological_pattern_is_an_error() {
    let template =
        "#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')$s.matches('(a|a)*(?=c)c')";
    // Either found not to match at once, or given up: it must come back.
    let _ = render_with(template, &mut scope(""));
}

#[test]
fn deep_nesting_is_refused_before_it_costs_the_stack() {
    let deep = 10_000;
    let rows = [
        format!("#set($x = {}1{})", "(".repeat(deep), ")".repeat(deep)),
        format!("#set($x = {}true)", "!".repeat(deep)),
        format!("#set($x = {}1)", "-".repeat(deep)),
        format!("#set($x = {}{})", "[".repeat(deep), "]".repeat(deep)),
        format!("{}{}", "#if(true)".repeat(deep), "#end".repeat(deep)),
        format!("{}1{}", "$a.b(".repeat(deep), ")".repeat(deep)),
        format!("{}1{}", "$a[".repeat(deep), "]".repeat(deep)),
    ];
    for template in &rows {
        assert!(parse_error(template).message.contains("levels deep"), "{}", &template[..30]);
    }
    // As deep as is allowed, with everything on the way, must fit into a small stack.
    let allowed = format!(
        "#define($d){}$e{}#end#define($e){}x{}#end$d",
        "#if((1 + (2 * 3)) > 2 && true)".repeat(44),
        "#end".repeat(44),
        "#if(true)".repeat(44),
        "#end".repeat(44),
    );
    let small_stack = std::thread::Builder::new().stack_size(1024 * 1024);
    let rendering = small_stack.spawn(move || render_with(&allowed, &mut scope(""))).unwrap();
    assert!(rendering.join().is_ok());
    let long = format!("#set($x = 1{})$x", " + 1".repeat(deep));
    assert_eq!(render(&long), "10001");
}

#[test]
fn too_long_a_template_is_refused() {
    assert!(parse_error(&"x".repeat(300 * 1024 + 1)).message.contains("300 KB"));
}
