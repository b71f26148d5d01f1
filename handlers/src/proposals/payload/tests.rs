use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

type Read = Result<(NewProposal, Vec<u8>), Refusal>;

fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let (mut reader, mut bytes) = (PayloadReader::default(), Vec::new());
    for chunk in chunks {
        reader.push(chunk, &mut bytes)?;
    }
    Ok((reader.finish()?, bytes))
}

fn cut<'a>(text: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| *cut % (text.len() + 1)).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect()
}

fn payload() -> Value {
    json!({
        "proposalId": "p-1", "clientId": "c-7", "title": "Pension",
        "document": {"fileName": "plan.pdf", "mediaType": "application/pdf", "content": "dGVzdA=="},
    })
}

fn fault(text: &str) -> String {
    match read([text.as_bytes()]).unwrap_err() {
        Refusal::Invalid(violations) => violations
            .iter()
            .map(|it| format!("{} {}", it.pointer, it.detail))
            .collect::<Vec<_>>()
            .join("; "),
        Refusal::Malformed(detail) | Refusal::UnsupportedMediaType(detail) => detail,
    }
}

#[test]
fn the_content_is_found_wherever_it_stands() {
    let text = r#" {"document" : { "content":"dGVz\u0064A==" ,"mediaType":"a/b","fileName":"content"},
        "title":"{\"document\":{\"content\":\"x\"}}","clientId":"c","proposalId":"p"} "#;
    let (proposal, bytes) = read([text.as_bytes()]).unwrap();
    assert_eq!(bytes, b"test");
    assert_eq!(proposal.document.file_name.as_str(), "content");
    let text = payload().to_string().replace("\"content\"", r#""c\u006fntent""#);
    assert_eq!(read([text.as_bytes()]).unwrap().1, b"test");
    let text = payload().to_string().replace("dGVzdA==", r"\/\/\/\/");
    assert_eq!(read([text.as_bytes()]).unwrap().1, [0xff; 3]);
    let text = payload().to_string().replace("dGVzdA==", "");
    assert!(read([text.as_bytes()]).unwrap().1.is_empty());
}

#[test]
fn faults_say_where_they_are() {
    let with = |from: &str, to: &str| payload().to_string().replace(from, to);
    for (text, words) in [
        (String::new(), "The body is not JSON: ends too early at 1:0."),
        ("hello".to_owned(), "The body is not JSON: expected value at 1:1."),
        ("[]".to_owned(), " is not an object"),
        (with("dGVzdA==", "dGVzdA"), "/document/content is not base64: its length"),
        (with("dGVzdA==", "dGV*dA=="), "/document/content is not base64: character 4"),
        (with("dGVzdA==", "dGVzdA==dGVz"), "/document/content is not base64: padding"),
        (with("dGVzdA==", r"dGVz\n"), "/document/content is not base64"),
        (with("dGVzdA==", r"dGV\x"), "/document/content has an escape"),
        (with("dGVzdA==", r"dGV\u12g4"), "/document/content has an escape"),
        (with("dGVzdA==", r"dGV\u20ac"), "/document/content is not base64: character 4"),
        (with("\"dGVzdA==\"", "7"), "/document/content is not a string"),
        (with("\"dGVzdA==\"", "null"), "/document/content"),
        (with("\"content\"", "\"inhalt\""), "/document/content is missing"),
        (with("\"content\":", "\"content\":\"\",\"content\":"), "/document/content is given twice"),
        (with("\"title\":", "\"title\":\"a\",\"title\":"), "/title is given twice"),
        (with("\"document\":", "\"document\":{\"content\":\"\"},\"document\":"), "given twice"),
        (with("\"title\":", "\"more\":1,\"title\":"), "/more is not a declared member"),
        (with("p-1", "a/b"), "/proposalId does not match"),
        (payload().to_string() + "x", "trailing characters"),
        (with("\"dGVzdA==\"}}", "\"dGVzdA=="), "ends too early"),
    ] {
        let fault = fault(&text);
        assert!(fault.contains(words), "{text}: {fault}");
    }
}

#[test]
fn places_behind_the_content_are_those_of_the_payload() {
    let text = payload().to_string().replace("}}", "},}");
    let column = text.len();
    assert!(fault(&text).ends_with(&format!(" at 1:{column}.")), "{}", fault(&text));
    let text = format!("\n\n{}", text.replace("\"title\"", "\n \"title\""));
    let line = text.lines().last().unwrap();
    assert!(fault(&text).ends_with(&format!(" at 4:{}.", line.len())), "{}", fault(&text));
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let mut text = payload().to_string().into_bytes();
    let title = text.windows(7).position(|it| it == b"Pension").unwrap();
    text[title] = 0xff;
    assert!(matches!(read([&*text]), Err(Refusal::Malformed(_))));
}

#[test]
fn what_is_not_content_is_bounded() {
    let long = "x".repeat(LARGEST_REST);
    let text = payload().to_string().replace("Pension", &long);
    assert_eq!(fault(&text), "The body has more than 1048576 bytes beside document.content.");
    assert!(fault(&long).starts_with("The body is not JSON: expected value at 1:1"));
    let deep = "[".repeat(2 * LARGEST_REST);
    assert!(fault(&deep).starts_with("The body is not JSON: is nested deeper"), "{}", fault(&deep));
    let blank = payload().to_string() + &" ".repeat(LARGEST_REST);
    assert!(fault(&blank).starts_with("The body has more than"));
}

#[test]
fn large_content_takes_no_room_of_its_own() {
    let mut reader = PayloadReader::default();
    let text = payload().to_string();
    let (head, tail) = text.split_once("dGVzdA==").unwrap();
    let (mut bytes, mut size) = (Vec::new(), 0);
    reader.push(head.as_bytes(), &mut bytes).unwrap();
    let chunk = STANDARD.encode([7; 30_000]);
    for _ in 0..1000 {
        reader.push(chunk.as_bytes(), &mut bytes).unwrap();
        size += bytes.len();
        bytes.clear();
    }
    reader.push(tail.as_bytes(), &mut bytes).unwrap();
    assert_eq!(size, 30_000_000);
    assert!(reader.rest.capacity() < 1024 && bytes.capacity() < 64_000);
    reader.finish().unwrap();
}

/// JSON of the members that matter, and others, in any order and with any spaces.
fn texts() -> impl Strategy<Value = String> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|it| STANDARD.encode(it)),
        "[A-Za-z0-9+/=]{0,12}",
        r#"([A-Z]{4}|\\/|\\u002[bf]|\\n|\\"|\\){0,6}"#,
    ];
    let member = prop_oneof![
        Just(r#""proposalId":"p""#.to_owned()),
        Just(r#""clientId":"c""#.to_owned()),
        r#""title":"[a-z\\{}\[\]":,é]{0,6}""#,
        (content, "[ \n]{0,2}").prop_map(|(content, space)| format!(
            r#""document":{space}{{"fileName":{space}"f","content":{space}"{content}"{space},"mediaType":"a/b"}}"#
        )),
        Just(r#""x":[{"document":{"content":"no"}}]"#.to_owned()),
    ];
    let all = prop::collection::vec(member, 0..6).prop_map(|members| members.join(" , "));
    all.prop_map(|members| format!("{{{members}}}"))
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(text in texts(), cuts in prop::collection::vec(any::<usize>(), 0..9)) {
        let whole = read([text.as_bytes()]);
        prop_assert_eq!(read(cut(text.as_bytes(), &cuts)), whole.clone());
        let bytes = text.as_bytes().chunks(1);
        prop_assert_eq!(read(bytes), whole);
    }

    #[test]
    fn what_is_read_is_what_a_reader_of_the_whole_finds(text in texts()) {
        let whole: Result<NewProposal, _> = decode(text.as_bytes());
        let whole = whole.ok().and_then(|mut it| {
            let bytes = STANDARD.decode(std::mem::take(&mut it.document.content)).ok()?;
            Some((it, bytes))
        });
        prop_assert_eq!(read([text.as_bytes()]).ok(), whole);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read([&*bytes]);
    }
}
