use crate::{all_recorded, recorded};
use workflow_protocol::{FieldError, error_detail, validation_errors};

const JSON: Option<&str> = Some("application/json");

fn problems(detail: &str) -> Vec<(String, String)> {
    validation_errors(detail)
        .into_iter()
        .map(|FieldError { path, message }| (path, message))
        .collect()
}

fn problem(path: &str, message: &str) -> (String, String) {
    (path.to_owned(), message.to_owned())
}

/// The words of a recorded refusal.
fn detail(name: &str) -> String {
    error_detail(400, JSON, &recorded(&format!("errors/{name}.json")))
}

#[test]
fn every_recorded_refusal_has_the_servers_words() {
    let mut count = 0;
    for (name, body) in all_recorded()
        .iter()
        .filter(|(name, _)| name.contains("/errors/"))
    {
        let json: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(
            Some(error_detail(400, JSON, body).as_str()),
            json["detail"].as_str(),
            "{name}"
        );
        count += 1;
    }
    assert!(count >= 24, "only {count} refusals recorded");
}

#[test]
fn recorded_validation_problems_by_field() {
    assert_eq!(
        problems(&detail("400_missing_field")),
        [problem("name", "Field required")]
    );
    assert_eq!(
        problems(&detail("400_bare_missing_field")),
        [problem("name", "Field required")]
    );
    assert_eq!(
        problems(&detail("400_event_field")),
        [problem("choice", "Field required")]
    );
    assert_eq!(
        problems(&detail("400_two_fields")),
        [
            problem("name", "Field required"),
            problem("count", "Input should be less than or equal to 10"),
            problem("nick", "Input should be a valid string"),
        ]
    );
    let integer = "Input should be a valid integer, unable to parse string as an integer";
    assert_eq!(
        problems(&detail("400_nested")),
        [
            problem("items/1/b", integer),
            problem("choice/int", integer),
            problem("choice/list[int]", "Input should be a valid list"),
            problem("text", "Value error, line one\nline two [see docs]"),
            problem("map/k.1", integer),
            problem("map/q~1r~0", integer),
            problem("map/new\nline", integer),
        ]
    );
}

#[test]
fn problems_of_the_whole_event_have_no_path() {
    assert_eq!(
        problems(&detail("400_value_null")),
        [problem(
            "",
            "Input should be a valid dictionary or instance of GreetStart"
        )]
    );
    // What is wrong with the envelope is not wrong with a field that happens to be called `value`.
    assert_eq!(
        problems(&detail("400_event_no_value")),
        [problem("", "Field required")]
    );
    let root = "1 validation error for M\n  Value error, root trouble [type=value_error, input_value={'a': []}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.14/v/value_error";
    assert_eq!(problems(root), [problem("", "Value error, root trouble")]);
}

#[test]
fn other_refusals_name_no_field() {
    for name in [
        "400_bad_type",
        "400_bad_string",
        "400_value_trap",
        "400_context",
        "404_handler_not_found",
        "409_already_running",
    ] {
        assert_eq!(problems(&detail(name)), [], "{name}");
    }
    for text in [
        "",
        "validation errors for X",
        "a validation error for X\na\n  b [type=c]",
        " validation error",
        "1 validation error",
    ] {
        assert_eq!(problems(text), [], "{text:?}");
    }
}

#[test]
fn validation_texts_of_other_shapes() {
    for (text, expected) in [
        ("1 validation error for X", vec![]),
        ("1 validation error for X\n", vec![]),
        ("1 validation error for X\na", vec![]),
        // Without the link, and with the input hidden.
        (
            "1 validation error for X\na\n  No [type=missing]",
            vec![problem("a", "No")],
        ),
        (
            "2 validation errors for X\na\n  No [type=missing]\nb.0\n  Nor this [type=missing]",
            vec![problem("a", "No"), problem("b/0", "Nor this")],
        ),
        // Cut off in the middle.
        (
            "1 validation error for X\na\n  Field req",
            vec![problem("a", "Field req")],
        ),
        (
            "1 validation error for X\na\n  No\n    For further information visit https://x\nb\n  No [type=t]",
            vec![problem("a", "No"), problem("b", "No")],
        ),
        // CR LF, as a proxy or a Windows server may write.
        (
            "1 validation error for X\r\na\r\n  No [type=missing]\r\n",
            vec![problem("a", "No")],
        ),
        (
            "1 validation error for X\n`a.b`.c.`d.e`\n  No [type=t]",
            vec![problem("a.b/c/d.e", "No")],
        ),
        (
            "1 validation error for X\n`a\n  No [type=t]",
            vec![problem("`a", "No")],
        ),
        (
            "error 12 validation errors for tagged-union[A,B]\na..b\n  No [type=t]",
            vec![problem("a//b", "No")],
        ),
    ] {
        assert_eq!(problems(text), expected, "{text:?}");
    }
}

#[test]
fn fastapi_lists_of_problems() {
    let body = r#"{"detail":[{"type":"missing","loc":["body","data","items",0,"a/b"],"msg":"Field required","input":{}},
        {"type":"json_invalid","loc":["body"],"msg":"JSON decode error"},{"odd":1}]}"#;
    assert_eq!(
        error_detail(422, JSON, body),
        "body.data.items.0.a/b: Field required\nbody: JSON decode error"
    );
    let expected = [
        problem("data/items/0/a~1b", "Field required"),
        problem("", "JSON decode error"),
    ];
    assert_eq!(problems(body), expected);
    assert_eq!(
        problems(r#"{"detail":"1 validation error for X\na\n  No [type=t]"}"#),
        [problem("a", "No")]
    );
    assert_eq!(
        problems(r#"[{"loc":["body","a"],"msg":"No"}]"#),
        [problem("a", "No")]
    );
    for broken in ["{", "[", "{}", "[]", "[7]", r#"{"detail":7}"#] {
        assert_eq!(problems(broken), [], "{broken}");
    }
}

#[test]
fn words_of_any_answer() {
    let html = Some("text/html; charset=utf-8");
    let plain = Some("text/plain");
    for (status, kind, body, words) in [
        (500, plain, "Internal Server Error", "Internal Server Error"),
        (400, plain, "Disallowed CORS headers", "Disallowed CORS headers"),
        (
            502,
            html,
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502</h1></body></html>",
            "502 Bad Gateway",
        ),
        (
            502,
            html,
            "<!DOCTYPE html><TITLE lang='en'>\n  Gone &amp;amp; lost </TITLE><p>x",
            "Gone &amp; lost",
        ),
        (
            502,
            html,
            "<h1>Oh&nbsp;no</h1><p>It <b>broke</b>.<style>p{}</style><script>1<2</script><!-- <p> --> Sorry",
            "Oh no It broke . Sorry",
        ),
        (502, None, "<!doctype html><body>hi", "hi"),
        (502, JSON, "<html><title></title>text</html>", "text"),
        (503, html, "<html></html>", "503 Service Unavailable"),
        (503, html, "<", "503 Service Unavailable"),
        (500, html, "no tags at all", "no tags at all"),
        (
            500,
            plain,
            "Step <class 'app.X'> does not exist",
            "Step <class 'app.X'> does not exist",
        ),
        (
            500,
            JSON,
            r#"{"detail":"<enqueued> is no worker"}"#,
            "<enqueued> is no worker",
        ),
        (500, JSON, r#"{"detail":"<html><title>T</title></html>"}"#, "T"),
        (404, None, "", "404 Not Found"),
        (418, None, " \n", "HTTP status 418"),
        (404, JSON, r#"{"detail":""}"#, "404 Not Found"),
        (500, JSON, r#"{"detail":null,"error":"kaput"}"#, "kaput"),
        (
            500,
            JSON,
            r#"{"handler_id":"a","status":"failed","error":"kaput: disk full","result":null}"#,
            "kaput: disk full",
        ),
        (400, JSON, r#"{"message":"no"}"#, "no"),
        (400, JSON, r#"{"detail":{"code":7}}"#, r#"{"code":7}"#),
        (400, JSON, r#""just a string""#, "just a string"),
        (400, JSON, r#"{"other":1}"#, r#"{"other":1}"#),
        (400, JSON, r#"{"detail":["one","two"]}"#, "one\ntwo"),
        (400, JSON, r#"{"detail":[]}"#, "400 Bad Request"),
    ] {
        assert_eq!(error_detail(status, kind, body), words, "{status} {body:?}");
    }
}

#[test]
fn words_are_short() {
    let page = format!("<html><body>{}</body></html>", "word ".repeat(1000));
    let words = error_detail(500, Some("text/html"), &page);
    assert_eq!(words.chars().count(), 201, "{words}");
    assert!(words.ends_with('…'), "{words}");
    let text = "é".repeat(100_000);
    for body in [text.clone(), format!(r#"{{"detail":"{text}"}}"#)] {
        let words = error_detail(500, None, &body);
        assert!(
            words.len() <= 8 * 1024 + 3 && words.ends_with("é…"),
            "{} bytes",
            words.len()
        );
    }
}
