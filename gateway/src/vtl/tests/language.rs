//! Velocity's language and Java's methods.

use super::*;

#[test]
fn references_in_all_notations() {
    check(&[
        ("#set($a = 'x')$a $!a ${a} $!{a}y", "x x x xy"),
        ("$nothing|$!nothing|${nothing.at.all}|$nothing.call()", "|||"),
        ("#set($m = {'k': {'l': [7, 8]}})$m.k.l[1] $m['k'].get('l').get(0)", "8 7"),
        ("#set($a = 'x')$a. $a.5 ($a) cost: $5", "x. x.5 (x) cost: $5"),
        ("#set($a-b = 1)$a-b", "1"),
        (r"#set($a = 1)\$a \\$a \$b", r"$a \1 \$b"),
        ("#set($l = [1])$l[0]$l.size()", "11"),
    ]);
}

#[test]
fn set_eats_its_line_and_the_blanks_before_it() {
    check(&[
        ("a\n  #set($x = 1)\nb", "a\n  b"),
        ("  #set($x = 1)\n  #set($y = 2)\nb", "b"),
        ("$context.stage #set($x = 1)b, #set($x = 1)b#* c *# #set($x = 1)b", "devb, bb"),
        ("#if(true)\n  yes\n#else\n  no\n#end\nend", "  yes\nend"),
        ("#foreach($i in [1..3])\n$i\n#end", "1\n2\n3\n"),
        ("#set( $x = 1 ) \t\r\n$x", "1"),
        ("#set ($x = 1)$x #{set}($x = 2)$x", "12"),
    ]);
}

#[test]
fn conditions() {
    check(&[
        ("#if(1 == 1.0 && 'a' != 'b')y#{else}n#end", "y"),
        ("#if($x)a#elseif(false || !true)b#{elseif}(true)c#else d#end", "c"),
        ("#if(not $x and 2 gt 1 or false)y#end", "y"),
        ("#if(1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2)y#end", "y"),
        ("#if(1 lt 2 && 2 le 2 && 3 gt 2 && 2 ge 2 && 1 eq 1 && 1 ne 2)y#end", "y"),
        (
            "#set($x = '')#if($x)an empty text in a variable is true#end",
            "an empty text in a variable is true",
        ),
        ("#if('a')y#{else}n#end#if(1 + 1)y#{else}n#end#if([1])y#{else}n#end#if(!'a')y#end", "nnny"),
        ("#set($x = 'a' && true)$x", "false"),
        ("#if('1' == 1)same text#end", "same text"),
        ("#if($x.y.z == '')missing equals empty#end", "missing equals empty"),
        ("#if('b' > 'a')y#else n#end", " n"),
    ]);
}

#[test]
fn arithmetic() {
    check(&[
        ("#set($x = 1 + 2 * 3 - 8 / 3 % 2)$x", "7"),
        ("#set($x = (1 + 2) * -3)$x", "-9"),
        ("#set($x = 7 / 2.0)$x", "3.5"),
        ("#set($x = 1 / 0)[$x]", "[]"),
        ("#set($x = 'a' + 1 + 2)$x", "a12"),
        ("#set($x = 9223372036854775807 + 1)$x", "9223372036854775808"),
        ("#set($x = 'a' * 2)[$x]", "[]"),
    ]);
}

#[test]
fn foreach_knows_where_it_is() {
    check(&[
        (
            "#foreach($i in ['a', 'b'])$foreach.index$foreach.count$velocityCount$i$foreach.first$foreach.last$foreach.hasNext #end",
            "011atruefalsetrue 122bfalsetruefalse ",
        ),
        (
            "#foreach($i in [1..2])#foreach($j in [1..2])$foreach.parent.index$foreach.index #end#end",
            "00 01 10 11 ",
        ),
        ("#set($i = 'kept')#foreach($i in [3..1])$i#end$i$!foreach.index", "321kept"),
        ("#foreach($i in $nothing)x#end#foreach($c in 'text')x#end", ""),
        (
            "#set($m = {'a': 1, 'b': 2})#foreach($e in $m.entrySet())$e.key=$e.getValue();#end#foreach($v in $m)$v#end",
            "a=1;b=2;12",
        ),
        ("#foreach($i in [1..9])#if($i == 3)#break#end$i#end.", "12."),
        ("#foreach($i in [1..9])$i#if($i == 2)#stop#end#end.", "12"),
        (
            "#foreach($i in [1..2])$foreach.hasNext() $foreach.isFirst() #end",
            "true true false false ",
        ),
    ]);
}

#[test]
fn foreach_ends_after_a_thousand_rounds() {
    assert_eq!(render("#foreach($i in [1..1200])x#end").len(), 1000);
}

#[test]
fn strings() {
    check(&[
        (r#"#set($a = 1)#set($s = "$a${a}x $input.params('id')")$s"#, "11x 42"),
        ("#set($a = 1)#set($s = '$a')$s", "$a"),
        (r#"#set($s = "say ""hi"" #if(true)$context.stage#end")$s"#, r#"say "hi" dev"#),
        ("#set($s = 'it''s')$s", "it's"),
        (r#"#set($s = "a\\'b")$s"#, r"a\\'b"),
    ]);
}

#[test]
fn literals_of_lists_and_maps_print_as_java() {
    check(&[
        ("#set($l = ['a', 1, 2.5, true, [], {}])$l", "[a, 1, 2.5, true, [], {}]"),
        ("#set($m = {'a': 'x', \"b\": [1]})$m", "{a=x, b=[1]}"),
        ("#set($m = {})#set($m.a = 1)#set($m['b'] = 2)$m.put('c', 3)$m", "{a=1, b=2, c=3}"),
        ("#set($l = [1])#set($x = $l.add(2))#set($l[0] = 9)$l", "[9, 2]"),
    ]);
}

#[test]
fn comments_and_literal_text() {
    check(&[
        ("a#* b *#c## d\ne", "ace"),
        ("#[[ $x #if( ]]#", " $x #if( "),
        (r"\#if(true) #color", "#if(true) #color"),
    ]);
}

#[test]
fn methods_of_java() {
    check(&[
        (
            "#set($s = 'Hello')$s.length() $s.substring(1) $s.substring(1, 3) $s.charAt(4)",
            "5 ello el o",
        ),
        ("#set($s = 'Hello')$s.indexOf('l') $s.lastIndexOf('l') $s.indexOf('z')", "2 3 -1"),
        (
            "#set($s = 'a.b.c')$s.replace('.', '-') $s.replaceAll('[a-b]', '<$0>') $s.split('\\.').size()",
            "a-b-c <a>.<b>.c 3",
        ),
        (
            "#set($s = ' x ')[$s.trim()] $s.isEmpty() $s.equals(' x ') $s.toUpperCase()",
            "[x] false true  X ",
        ),
        (
            "#set($s = 'abc')$s.matches('[a-c]+') $s.matches('a') $s.startsWith('a') $s.endsWith('b') $s.contains('bc')",
            "true false true false true",
        ),
        (
            "#set($l = [3, 'b'])$l.contains(3) $l.indexOf('b') $l.isEmpty() $l.get(1) $l.subList(0, 1)",
            "true 1 false b [3]",
        ),
        (
            "#set($m = {'a': 1})$m.containsKey('a') $m.keySet() $m.values() $m.size() $m.getOrDefault('z', 0) $m.entrySet()",
            "true [a] [1] 1 0 [a=1]",
        ),
        ("#set($n = 0)$n.parseInt('12')/#set($d = 2.7)$d.intValue()", "12/2"),
        ("#set($s = 'x')[$s.noSuchMethod()][$s.noSuchProperty]", "[][]"),
        (
            "$util.base64Encode('a?') $util.base64Decode('YT8=') $util.urlDecode('a%20b') $util.parseJson('{\"a\":[1]}').a[0]",
            "YT8= a? a b 1",
        ),
    ]);
}

#[test]
fn split_drops_empty_texts_at_the_end_as_java_does() {
    check(&[
        ("#set($s = 'a,b,,')$s.split(',')", "[a, b]"),
        ("#set($s = ',a')$s.split(',').size()", "2"),
        ("#set($s = 'a,b,c')$s.split(',', 2)", "[a, b,c]"),
        ("#set($s = 'abc')$s.split('')", "[a, b, c]"),
    ]);
}

#[test]
fn json_of_a_missing_path_is_an_empty_text() {
    assert_eq!(render_body("$input.json('$.b')", r#"{"a": 1}"#), "\"\"");
    assert_eq!(render_body("$input.json('$.a')", r#"{"a": "x\"y"}"#), r#""x\"y""#);
    assert_eq!(render_body("$input.json('$..a')", r#"{"a": 1}"#), "[1]");
}
