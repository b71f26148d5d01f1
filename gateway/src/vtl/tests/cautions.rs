//! What this engine reads and Velocity 1.7 does not, told beforehand.

use super::*;

fn cautions(template: &str) -> Vec<(usize, usize)> {
    let template = Template::parse(template).unwrap_or_else(|error| panic!("{template}: {error}"));
    template.cautions().iter().map(|caution| (caution.line, caution.column)).collect()
}

#[test]
fn templates_that_velocity_reads_need_no_caution() {
    for template in [
        "#set($x = (1 + 2) * 3 - $y)#if(!$x || ($x == 1))a#end",
        "$x.y('a', -1, 2.5, [1, $z], {'k': $x}, \"$x\", true, null)$x[-1]",
        "#set($x = [-1..$y])#foreach($i in $x.keySet())$i#end",
        "#macro1 #x(1, 'a' $b) costs 5$ or 6# {#}",
    ] {
        assert_eq!(cautions(template), [], "{template}");
    }
}

#[test]
fn what_velocity_does_not_read_has_a_position() {
    for (template, column) in [
        ("$x.y(1 + 1)", 6),
        ("$x.y(!$z)", 6),
        ("$x[$i + 1]", 4),
        ("#set($x = [(1)])", 12),
        ("#set($x = {'a': 1 + 1})", 17),
        ("#foreach($i in $x + 1)#end", 16),
        ("#if($x == null)#end", 11),
        ("#set($x = $y.size() -1)", 21),
        ("#set($x = -$y)", 11),
        ("text #x(a & b)", 6),
        ("costs 5$", 8),
        ("number 1#", 9),
    ] {
        assert_eq!(cautions(template), [(1, column)], "{template}");
    }
    assert_eq!(cautions("a\n#set($x = [1 + 1])"), [(2, 12)]);
}
