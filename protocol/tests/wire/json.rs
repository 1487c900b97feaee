use proptest::prelude::*;
use serde_json::Value;
use workflow_protocol::{RawJson, Time, fields, members, preview_text, text_of};

#[test]
fn texts_stay_as_they_are() {
    for text in [
        "null",
        "true",
        "0",
        "-0",
        "1.0",
        "1e400",
        "12345678901234567890123",
        r#""\ud83d""#,
        r#""\u0000""#,
        "[]",
        "{}",
        r#"{"b":1,"a":2,"b":3}"#,
        "[1, 2]",
    ] {
        let json = RawJson::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(json.as_str(), text);
        assert_eq!(json.to_string(), text);
        let padded = RawJson::parse(format!(" \n{text}\t")).expect("white space around it");
        assert_eq!(padded, json, "goes");
        // Inside of another document it is a value, not a string.
        let nested = serde_json::to_string(&[&json]).expect("it can be written");
        assert_eq!(nested, format!("[{text}]"));
        assert_eq!(
            serde_json::from_str::<Vec<RawJson>>(&nested).expect("and read"),
            [json]
        );
    }
    for broken in [
        "",
        " ",
        "nul",
        "1 2",
        "{]",
        "'a'",
        "[1,]",
        "{a:1}",
        "NaN",
        "Infinity",
        "01",
        "\u{feff}1",
        "\"a\nb\"",
    ] {
        let error = RawJson::parse(broken).expect_err("no JSON");
        assert_eq!(error.body, broken, "{error}");
    }
}

#[test]
fn values_that_can_not_be_held_come_as_text() {
    assert_eq!(
        RawJson::parse(r#"{"a":[1]}"#).expect("JSON").to_value(),
        serde_json::json!({"a": [1]})
    );
    for text in [
        "1e400",
        r#"["\ud83d"]"#,
        &format!("{}{}", "[".repeat(1000), "]".repeat(1000)),
    ] {
        assert_eq!(
            RawJson::parse(text).expect("JSON").to_value(),
            Value::String(text.to_owned())
        );
    }
    assert_eq!(
        RawJson::parse("[1]").expect("JSON").decode::<Vec<u8>>(),
        Ok(vec![1])
    );
    assert!(RawJson::null().decode::<Vec<u8>>().is_err());
    assert!(RawJson::null().is_null() && RawJson::default() == RawJson::null());
}

#[test]
fn strings() {
    for (json, text) in [
        (r#""""#, Some("")),
        (r#""a""#, Some("a")),
        (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
        (r#""\u00e9\u20AC""#, Some("é€")),
        (r#""\ud83d\ude00""#, Some("😀")),
        (r#""\ud83d\ud83d\ude00""#, Some("\u{fffd}😀")),
        (r#""\ude00""#, Some("\u{fffd}")),
        (r#""\ud83d\n""#, Some("\u{fffd}\n")),
        (r#""\ud83dx""#, Some("\u{fffd}x")),
        (r#""\ud83d\u0041""#, Some("\u{fffd}A")),
        ("7", None),
        ("null", None),
        // What is no JSON has no text either.
        ("", None),
        ("\"", None),
        (r#""\""#, None),
        (r#""\u12""#, None),
        (r#""\x""#, None),
    ] {
        assert_eq!(text_of(json).as_deref(), text, "{json}");
    }
}

#[test]
fn previews() {
    for (json, length, preview) in [
        (r#"{ "a" : [ 1 , 2 ] }"#, 80, r#"{"a":[1,2]}"#),
        ("{\n\t\"a b\":\"c  d\\\" e\" }", 80, r#"{"a b":"c  d\" e"}"#),
        ("[1, 2, 3]", 3, "[1,…"),
        ("[1, 2]", 5, "[1,2]"),
        ("[1, 2] \n", 5, "[1,2]"),
        ("\"😀😀😀\"", 3, "\"😀😀…"),
        ("", 5, ""),
        ("x", 0, "…"),
    ] {
        assert_eq!(preview_text(json, length), preview, "{json}");
    }
}

#[test]
fn times() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("2026-11-20T11:28:10.036927+00:00", Some(1_795_174_090_036)),
        ("2026-11-20T11:28:10.036927", Some(1_795_174_090_036)),
        ("2026-11-20 11:28:10z", Some(1_795_174_090_000)),
        ("2026-11-20T12:58:10.5+01:30", Some(1_795_174_090_500)),
        ("2026-11-20T06:28:10-05:00", Some(1_795_174_090_000)),
        ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
        ("2016-12-31T23:59:60Z", Some(1_483_228_799_999)),
        ("2025-02-29T00:00:00Z", None),
        ("1900-02-29T00:00:00Z", None),
        ("1969-12-31T23:59:59Z", None),
        ("1970-01-01T00:30:00+01:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-00-01T00:00:00Z", None),
        ("2026-01-00T00:00:00Z", None),
        ("2026-01-01T24:00:00Z", None),
        ("2026-01-01T00:60:00Z", None),
        ("2026-01-01T00:00:61Z", None),
        ("2026-01-01T00:00:00.Z", None),
        ("2026-01-01T00:00:00+1:00", None),
        ("2026-01-01T00:00:00Zx", None),
        ("2026-01-01", None),
        ("", None),
    ] {
        assert_eq!(Time::parse(text), millis.map(Time), "{text}");
    }
    assert_eq!(Time(5).since(Time(7)), 0, "never below nothing");
    assert_eq!(Time(u64::MAX).plus(1), Time(u64::MAX), "nor beyond everything");
}

/// JSON values with their texts, in random notation.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>()
            .prop_filter("JSON has no others", |value| value.is_finite())
            .prop_map(|value| format!("{value:e}")),
        string(),
    ];
    leaf.prop_recursive(4, 64, 24, |inner| {
        let gap = prop::sample::select(vec!["", " ", "\n"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..8), gap.clone())
                .prop_map(|(items, gap)| format!("[{gap}{}{gap}]", items.join(&format!("{gap},")))),
            (prop::collection::vec((key(), inner), 0..24), gap).prop_map(|(members, gap)| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{gap}:{gap}{value}"))
                    .collect();
                format!("{{{gap}{}{gap}}}", members.join(","))
            }),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    (any::<String>(), any::<bool>()).prop_map(|(text, ascii)| {
        let json = serde_json::to_string(&text).expect("a string can be written");
        if !ascii {
            return json;
        }
        let mut escaped = String::new();
        for character in json.chars() {
            if character.is_ascii() {
                escaped.push(character);
            } else {
                let mut units = [0; 2];
                character
                    .encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
            }
        }
        escaped
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\"a\"",
            "\"b\"",
            "\"c\"",
            "\"\\u0061\"",
            "\"_data\"",
            "\"value\"",
            "\"type\""
        ])
        .prop_map(str::to_owned),
        string(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn members_like_serde_json(text in json()) {
        let value: Value = serde_json::from_str(&text).expect("the text is JSON");
        match &value {
            Value::Object(map) => {
                let members = members(&text).expect("an object");
                prop_assert_eq!(members.len(), map.len());
                for (key, member) in &members {
                    let parsed: Value = serde_json::from_str(member).expect("a member is JSON");
                    prop_assert_eq!(Some(&parsed), map.get(key.as_ref()));
                }
                // The same merge on parsed values.
                let mut merged = map.clone();
                if let Some(Value::Object(dynamic)) = map.get("_data") {
                    merged.remove("_data");
                    for (key, value) in dynamic {
                        merged.entry(key.clone()).or_insert_with(|| value.clone());
                    }
                }
                let fields = fields(&text).expect("an object has fields");
                prop_assert_eq!(fields.len(), merged.len());
                for (key, field) in &fields {
                    prop_assert_eq!(Some(&field.to_value()), merged.get(key));
                }
            }
            _ => prop_assert!(members(&text).is_err() && fields(&text).is_err()),
        }
        let preview: Value = serde_json::from_str(&preview_text(&text, usize::MAX)).expect("a full preview is JSON");
        prop_assert_eq!(preview, value);
    }

    #[test]
    fn strings_like_serde_json(json in string()) {
        let text: String = serde_json::from_str(&json).expect("a string");
        prop_assert_eq!(text_of(&json), Some(text.as_str().into()));
        let ours = RawJson::string(&text);
        prop_assert_eq!(ours.text(), Some(text.as_str().into()));
    }

    #[test]
    fn times_like_the_time_crate(seconds in 0_i64..253_402_300_000, nanos in 0_u32..1_000_000_000, offset in -1439_i32..1440, digits in 0_usize..10) {
        let offset = time::UtcOffset::from_whole_seconds(offset * 60).expect("within a day");
        let moment = time::OffsetDateTime::from_unix_timestamp(seconds).expect("within the range").to_offset(offset);
        let (hours, minutes, _) = offset.as_hms();
        let sign = if offset.is_negative() { '-' } else { '+' };
        let fraction = if digits == 0 { String::new() } else { format!(".{}", &format!("{nanos:09}")[..digits]) };
        let text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}{sign}{:02}:{:02}",
            moment.year(), u8::from(moment.month()), moment.day(), moment.hour(), moment.minute(), moment.second(),
            hours.abs(), minutes.abs(),
        );
        prop_assume!((1970..=9999).contains(&moment.year()));
        let parsed = time::OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339).expect("RFC 3339");
        let expected = u64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).expect("after 1970");
        prop_assert_eq!(Time::parse(&text), Some(Time(expected)), "{}", text);
    }
}
