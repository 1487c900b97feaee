//! Types of the wire, from the forms that clients and servers send to odd ones.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so and stop"
)]

use serde::Deserialize;
use serde_json::{Value, json};
use workflow_cloud::{
    AgentData, Citation, ExtractedData, Filter, FilterError, GroupPage, Order, ReviewStatus, SearchPage,
    SearchRequest, Timestamp, confidences, created_at, deployment_name, field, field_notes, mean_confidence,
};
use workflow_protocol::RawJson;

fn wire(filter: &Filter) -> Value {
    filter.to_value().unwrap()
}

#[test]
fn filters_are_written_as_the_api_reads_them() {
    let time = Timestamp::parse("2026-11-29T10:00:00+01:00").unwrap();
    for (filter, expected) in [
        (Filter::all(), json!({})),
        (field("a").eq("x"), json!({ "a": { "eq": "x" } })),
        (field("a").eq(1.5), json!({ "a": { "eq": 1.5 } })),
        (field("a").eq(true), json!({ "a": { "eq": true } })),
        (
            field("a").eq(9_007_199_254_740_993_u64),
            json!({ "a": { "eq": 9_007_199_254_740_993_u64 } }),
        ),
        (field("a").is_missing(), json!({ "a": { "eq": null } })),
        (field("a").is_present(), json!({ "a": { "ne": null } })),
        (
            field("a").includes(["x", "y"]),
            json!({ "a": { "includes": ["x", "y"] } }),
        ),
        (
            field("a").excludes([1, 2]),
            json!({ "a": { "excludes": [1, 2] } }),
        ),
        (
            created_at().gte(time),
            json!({ "created_at": { "gte": "2026-11-29T09:00:00.000000+00:00" } }),
        ),
        (
            field("a").gt(1).and(field("a").lte(5)),
            json!({ "a": { "gt": 1, "lte": 5 } }),
        ),
        (
            field("a").ne("x").and(field("a").excludes(["y"])),
            json!({ "a": { "ne": "x", "excludes": ["y"] } }),
        ),
        (
            field("a").ne("x").and(field("a").ne("x")),
            json!({ "a": { "ne": "x" } }),
        ),
        (
            field("a").excludes([1]).and(field("a").excludes([2])),
            json!({ "a": { "excludes": [1, 2] } }),
        ),
        (
            field("a").eq(1).and(field("a").eq(1)),
            json!({ "a": { "eq": 1 } }),
        ),
        (
            [field("a").eq(1), field("b").eq(2)].into_iter().collect(),
            json!({ "a": { "eq": 1 }, "b": { "eq": 2 } }),
        ),
    ] {
        assert_eq!(wire(&filter), expected);
        assert_eq!(wire(&Filter::raw(expected.clone())), expected, "raw");
    }
}

// Symptom: a page deleted records that one of two conditions excluded.
// Cause: the wire has one value for each field and operator, and the second took the place of the first.
#[test]
fn a_filter_that_the_wire_cannot_say_is_refused() {
    for filter in [
        field("a").eq(1).and(field("a").eq(2)),
        field("a").includes([1]).and(field("a").includes([2])),
        field("a").gt(1).and(field("b").eq(1)).and(field("a").gt(2)),
        field("a").is_present().and(field("a").ne(1)),
        // `excludes` means something else for lists, so the second one cannot be moved there.
        field("a").ne("x").and(field("a").ne("y")),
    ] {
        assert!(matches!(filter.check(), Err(FilterError::Twice { ref name, .. }) if name == "a"));
        assert!(!filter.is_empty(), "an invalid filter is not every record");
        let search = SearchRequest {
            filter,
            ..SearchRequest::new("app", "c")
        };
        assert!(serde_json::to_string(&search).is_err());
    }
    for raw in [
        json!([]),
        json!("x"),
        json!(1),
        json!({ "a": 1 }),
        json!({ "a": [] }),
    ] {
        let filter = Filter::raw(raw);
        assert_eq!(filter.check(), Err(FilterError::NoObject));
        assert!(!filter.is_empty());
    }
    assert!(Filter::raw(Value::Null).is_empty());
}

#[test]
fn a_list_of_nothing_needs_no_request() {
    assert!(field("a").includes(Vec::<i64>::new()).matches_nothing());
    assert!(!field("a").includes([1]).matches_nothing());
    assert!(!field("a").excludes(Vec::<i64>::new()).matches_nothing());
    assert!(!Filter::all().matches_nothing());
}

#[test]
fn orders_are_read_and_written() {
    for (text, expected) in [
        ("", ""),
        (" ", ""),
        ("a", "a"),
        ("data.a  DESC , b asc", "data.a desc, b"),
        ("desc", "desc"),
        ("desc desc", "desc desc"),
    ] {
        assert_eq!(text.parse::<Order>().unwrap().to_string(), expected, "{text:?}");
    }
    for text in ["a,", ",", "a b", "a desc b", "a desc,,b"] {
        assert!(text.parse::<Order>().is_err(), "{text:?}");
    }
}

#[test]
fn deployments_are_inferred_from_the_address() {
    for (url, expected) in [
        (
            "https://api.cloud.llamaindex.ai/deployments/my%20app/ui/x",
            "my app",
        ),
        ("https://api.cloud.llamaindex.ai/deployments/app", "app"),
        (
            "https://api.cloud.llamaindex.ai/deployments/app?x=/deployments/other#y",
            "app",
        ),
        ("https://user:p@x.y:8443/deployments/app/ui/", "app"),
        ("https://x.y/base/deployments/app/ui/", "app"),
        ("https://mylocalhost.io/deployments/app/ui/", "app"),
        ("https://127.0.0.1.example.com/deployments/app/", "app"),
        ("http://localhost:4501/deployments/app/ui/", "_public"),
        ("http://app.localhost/deployments/app/ui/", "_public"),
        ("http://LOCALHOST./deployments/app/", "_public"),
        ("http://127.8.0.1:4501/deployments/app/ui/", "_public"),
        ("http://[::1]:4501/deployments/app/ui/", "_public"),
        ("https://x.y/deployments/", "_public"),
        ("https://x.y/deployments", "_public"),
        ("https://x.y/?/deployments/app", "_public"),
        ("https://x.y/deployments/%ff/", "_public"),
        ("nope", "_public"),
        ("", "_public"),
        ("file:///deployments/app", "_public"),
        ("https://[::1", "_public"),
    ] {
        assert_eq!(deployment_name(None, None, Some(url)), expected, "{url}");
    }
    assert_eq!(
        deployment_name(Some(""), Some("build"), Some("https://x.y/deployments/app")),
        "build"
    );
    assert_eq!(deployment_name(None, None, None), "_public");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Person {
    name: String,
}

#[test]
fn a_row_that_does_not_decode_is_an_error_of_its_own() {
    let text = r#"{"items":[
        {"id":"1","deployment_name":"app","data":{"name":"Ann"},"created_at":"2026-11-29T13:22:29.892756+00:00","more":1},
        {"id":"2","deployment_name":"app","data":{"name":12345678901234567890123}},
        {"id":"3","deployment_name":"app","data":[],"created_at":17,"updated_at":"never"}
    ],"next_page_token":"","total_size":null}"#;
    let page: SearchPage<Person> = SearchPage::parse(text).unwrap();
    assert_eq!((page.next_page_token, page.total_size), (None, None));
    let [Ok(first), Err(second), Err(third)] = page.items.as_slice() else {
        panic!("not one row and two errors");
    };
    assert_eq!(first.data.name, "Ann");
    assert_eq!(first.collection, "default");
    assert_eq!(first.created_at, Some(Timestamp(1_795_958_549_892_756)));
    assert_eq!(second.record.data.as_str(), r#"{"name":12345678901234567890123}"#);
    assert!(second.to_string().starts_with("record 2 could not be decoded: "));
    assert_eq!((third.record.created_at, third.record.updated_at), (None, None));
    for text in [
        "",
        "null",
        "[]",
        "<html><title>Sign in</title>",
        "{\"items\":{}}",
        "{\"items\":[1]}",
    ] {
        let error = SearchPage::<Person>::parse(text).unwrap_err();
        assert_eq!(error.what, "page of records", "{text}");
    }
    let digits: AgentData<RawJson> = AgentData::parse(r#"{"deployment_name":"a","data":{"n":1e400}}"#)
        .unwrap()
        .unwrap();
    assert_eq!(digits.data.as_str(), r#"{"n":1e400}"#);
}

#[test]
fn groups_of_nothing_are_no_records() {
    for (text, count) in [
        (r#"{"items":[]}"#, 0),
        (
            r#"{"items":[{"group_key":{},"count":0,"first_item":null}],"next_page_token":null,"total_size":null}"#,
            0,
        ),
        (
            r#"{"items":[{"group_key":{"s":"x"},"count":3},{"group_key":{"s":null},"count":2}]}"#,
            5,
        ),
    ] {
        assert_eq!(GroupPage::<Value>::parse(text).unwrap().count(), count);
    }
}

#[test]
fn review_records_are_read_whatever_is_in_them() {
    let odd = json!({
        "original_data": {}, "data": {}, "status": 5, "overall_confidence": "high", "field_metadata": ["x"],
        "file_id": 7, "metadata": "m", "mine": [1],
    });
    let record: ExtractedData = serde_json::from_value(odd).unwrap();
    assert_eq!(record.status, ReviewStatus::Other("5".to_owned()));
    assert_eq!(record.confidence(), None);
    assert_eq!(record.file_id.as_deref(), Some("7"));
    assert_eq!(record.extra["mine"], json!([1]));
    assert_eq!(serde_json::to_value(&record).unwrap()["mine"], json!([1]));
    let least: ExtractedData = serde_json::from_value(json!({ "original_data": 1, "data": null })).unwrap();
    assert_eq!(least.status, ReviewStatus::PendingReview);
    for (word, status) in [
        ("approved", ReviewStatus::Accepted),
        ("accepted", ReviewStatus::Accepted),
        ("rejected", ReviewStatus::Rejected),
        ("error", ReviewStatus::Error),
        ("on hold", ReviewStatus::Other("on hold".to_owned())),
    ] {
        assert_eq!(ReviewStatus::from(word), status);
    }
    assert_eq!(ReviewStatus::from("approved").to_string(), "accepted");
}

#[test]
fn notes_are_found_beside_the_values() {
    let metadata = json!({
        "reasoning": "of the whole document",
        "error": null,
        "name": { "confidence": 0.0, "citation": null, "reasoning": "r" },
        "confidence": { "confidence": 0.5 },
        "address": { "reasoning": "from the header", "city": { "confidence": 1 }, "street": { "confidence": 0.5, "reasoning": "own" } },
        "items": [{ "q": { "extraction_confidence": 0.8, "parsing_confidence": 0.7 } }, null, "odd"],
        "odd": { "confidence": "high", "citation": [1, { "page": -1, "matching_text": "t", "bounding_boxes": [{ "x": 1, "y": 2, "w": 3, "h": 4 }], "page_dimensions": { "width": 10, "height": 20 } }], "more": 1 },
    });
    let notes = |path: &[&str]| field_notes(&metadata, path);
    let name = notes(&["name"]).unwrap();
    assert_eq!(
        (name.confidence, name.reasoning.as_deref(), name.odd.len()),
        (Some(0.0), Some("r"), 0)
    );
    assert_eq!(
        notes(&["confidence"]).unwrap().confidence,
        Some(0.5),
        "a field may be called so"
    );
    assert_eq!(
        notes(&["address", "city"]).unwrap().reasoning.as_deref(),
        Some("from the header")
    );
    assert_eq!(
        notes(&["address", "street"]).unwrap().reasoning.as_deref(),
        Some("own")
    );
    assert_eq!(
        notes(&["items", "0", "q"]).unwrap().extraction_confidence,
        Some(0.8)
    );
    for path in [
        &[][..],
        &["items"],
        &["items", "1"],
        &["items", "9"],
        &["items", "x"],
        &["gone"],
        &["name", "below"],
    ] {
        assert_eq!(notes(path), None, "{path:?}");
    }
    assert_eq!(
        notes(&["items", "2"]).unwrap().odd,
        [(String::new(), "\"odd\"".to_owned())]
    );
    let odd = notes(&["odd"]).unwrap();
    assert_eq!(odd.confidence, None);
    assert_eq!(odd.odd.len(), 2, "{:?}", odd.odd);
    assert_eq!(
        odd.citations[0],
        Citation {
            odd: Some("1".to_owned()),
            ..Citation::default()
        }
    );
    let second = &odd.citations[1];
    assert_eq!(second.page, None);
    assert!(second.odd.is_some(), "page -1 is no page");
    assert_eq!(second.bounding_boxes.len(), 1);
    assert_eq!(second.page_size.unwrap().height, 20.0);
    let found = confidences(&metadata);
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths.len(), 4, "{paths:?}");
    assert!(paths.contains(&"address.city"));
    assert_eq!(mean_confidence(&metadata), Some(0.5));
    assert_eq!(mean_confidence(&json!({})), None);
}
