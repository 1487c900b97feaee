//! Forms of real schemas, one behaviour a test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{field, form, names, schema, unknown, visible};
use workflow_inspector::form::{Bounds, Field, FieldKind, Form, Input, Inputs, choice_label, parse_object};
use workflow_inspector::json::pretty;
use workflow_protocol::{FieldError, RawJson};

fn sent(form: &Form, inputs: &Inputs) -> String {
    form.compose(inputs, &unknown)
        .unwrap_or_else(|errors| panic!("refused: {errors:?}"))
        .as_str()
        .to_owned()
}

fn refused(form: &Form, inputs: &Inputs) -> Vec<(String, String)> {
    let errors = form
        .compose(inputs, &unknown)
        .expect_err("something is wrong in it");
    errors
        .into_iter()
        .map(|FieldError { path, message }| (path, message))
        .collect()
}

fn raw(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

fn of(schema: &str) -> Form {
    Form::from_schema(&raw(schema))
}

fn pair(path: &str, message: &str) -> (String, String) {
    (path.to_owned(), message.to_owned())
}

#[test]
fn fields_are_distinguished_and_keep_their_order() {
    let form = form("Greeting");
    assert_eq!(
        (form.title.as_str(), form.description.as_deref()),
        ("Greeting", Some("Say hello."))
    );
    assert_eq!(names(&form.fields), ["name", "count", "mood", "nick"]);
    let labels: Vec<&str> = form.fields.iter().map(|field| field.label.as_str()).collect();
    assert_eq!(labels, ["Name", "How many", "Mood", "Nick"]);
    let kinds: Vec<&str> = form.fields.iter().map(|field| field.kind.as_str()).collect();
    assert_eq!(kinds, ["text", "integer", "choice", "text"]);
    let required: Vec<bool> = form.fields.iter().map(|field| field.required).collect();
    assert_eq!(required, [true, false, false, false]);
    assert!(form.fields[3].nullable && !form.fields[0].nullable);
    let bounds = Bounds {
        min: Some("1".into()),
        max: Some("10".into()),
        ..Bounds::default()
    };
    assert_eq!(form.fields[1].kind, FieldKind::Integer(bounds));
    assert!(!form.open, "it has properties");
}

#[test]
fn every_kind_of_the_fixtures() {
    for (fixture, kinds) in [
        ("Enums", "choice choice choice choice choice choice choice"),
        ("Numbers", "number integer integer union number"),
        ("Flags", "boolean boolean boolean"),
        ("Strings", "text text text text"),
        ("Times", "text text text text text text"),
        ("Nested", "object object object"),
        ("Recursive", "object map"),
        ("Unions", "union union union union list"),
        ("Lists", "list list list list list list list"),
        ("Maps", "map map map map map"),
        ("Odd", "json json integer list json"),
        ("AnyJson", "union map"),
    ] {
        let form = form(fixture);
        let found: Vec<&str> = form.fields.iter().map(|field| field.kind.as_str()).collect();
        assert_eq!(found.join(" "), kinds, "{fixture}");
    }
    let long: Vec<bool> = form("Strings")
        .fields
        .iter()
        .map(|field| matches!(field.kind, FieldKind::Text { long: true, .. }))
        .collect();
    assert_eq!(
        long,
        [false, true, true, false],
        "long by its length, long by its default's lines"
    );
}

#[test]
fn library_classes_accept_any_keys_and_have_no_description() {
    for fixture in ["StartEvent", "HumanResponseEvent"] {
        let form = form(fixture);
        assert_eq!(
            (form.open, form.description, form.fields.len()),
            (true, None, 0),
            "{fixture}"
        );
    }
    let strict = form("Strict");
    assert!(!strict.open, "a class that forbids extra keys takes none");
    let mut inputs = Inputs::default();
    inputs.set_extra(vec![("a".into(), "1".into())]);
    assert_eq!(refused(&strict, &inputs), [pair("a", "Not a key of this object")]);
}

#[test]
fn untouched_is_left_out_or_required() {
    let form = form("Greeting");
    let mut inputs = Inputs::default();
    assert_eq!(refused(&form, &inputs), [pair("name", "Required")]);
    form.fields[0].type_text(&mut inputs, "Ada");
    assert_eq!(sent(&form, &inputs), r#"{"name":"Ada"}"#);
    form.fields[0].type_text(&mut inputs, "");
    assert_eq!(
        sent(&form, &inputs),
        r#"{"name":""}"#,
        "a required text that was emptied is an empty text"
    );
    form.fields[3].type_text(&mut inputs, "x");
    form.fields[3].type_text(&mut inputs, "");
    assert_eq!(
        sent(&form, &inputs),
        r#"{"name":""}"#,
        "an optional one looks untouched and is"
    );
    inputs.set_null("nick", true);
    assert_eq!(
        sent(&form, &inputs),
        r#"{"name":"","nick":null}"#,
        "null is something of its own"
    );
    inputs.set_null("name", true);
    assert_eq!(refused(&form, &inputs), [pair("name", "May not be null")]);
}

#[test]
fn defaults_are_shown_and_not_sent() {
    let form = form("Greeting");
    let mut inputs = Inputs::default();
    assert_eq!(form.fields[1].text(&inputs), "3");
    assert_eq!(form.fields[2].chosen(&inputs), Some(0));
    assert_eq!(
        form.fields[3].text(&inputs),
        "",
        "a null default is nothing to show"
    );
    form.fields[0].type_text(&mut inputs, "a");
    assert_eq!(sent(&form, &inputs), r#"{"name":"a"}"#);
    form.fields[1].type_text(&mut inputs, "");
    assert_eq!(form.fields[1].text(&inputs), "", "it is emptied");
    assert_eq!(sent(&form, &inputs), r#"{"name":"a"}"#, "and as if untouched");
}

#[test]
fn required_with_a_default_sends_it() {
    let form = of(
        r#"{"properties":{"n":{"type":"integer","default":7},"b":{"type":"boolean","default":true}},"required":["n","b"]}"#,
    );
    assert_eq!(sent(&form, &Inputs::default()), r#"{"n":7,"b":true}"#);
}

#[test]
fn required_booleans_are_always_sent() {
    let form = form("Flags");
    let mut inputs = Inputs::default();
    assert_eq!(sent(&form, &inputs), r#"{"must":false}"#);
    assert!(form.fields[1].is_checked(&inputs), "its default shows");
    form.fields[1].set_checked(&mut inputs, false);
    inputs.set_null("tri", true);
    assert_eq!(sent(&form, &inputs), r#"{"must":false,"may":false,"tri":null}"#);
}

#[test]
fn numbers_keep_their_digits() {
    let form = form("Numbers");
    let mut inputs = Inputs::default();
    form.fields[1].type_text(&mut inputs, " 42 ");
    form.fields[2].type_text(&mut inputs, "-123456789012345678901234567890");
    form.fields[0].type_text(&mut inputs, "0.10");
    let want = r#"{"ratio":0.10,"even":42,"huge":-123456789012345678901234567890}"#;
    assert_eq!(sent(&form, &inputs), want);
    assert_eq!(sent(&form, &form.decompose(&raw(want))), want, "and back");
}

#[test]
fn numbers_are_checked() {
    let form = form("Numbers");
    for (name, text, message) in [
        ("even", "1", "More than 1"),
        ("even", "100", "Less than 100"),
        ("even", "3", "Not a multiple of 2"),
        ("even", "1e300", "Less than 100"),
        ("even", "2.5", "Not a whole number"),
        ("even", "two", "Not a whole number, such as 42"),
        ("even", "+2", "Not a whole number, such as 42"),
        ("even", "02", "Not a whole number, such as 42"),
        ("ratio", "1.0000000000000000000001", "At most 1"),
        ("ratio", "-0.1", "At least 0"),
        ("ratio", ".5", "Not a number, such as 0.5"),
        ("ratio", "1,5", "Not a number, such as 0.5"),
        ("ratio", "NaN", "Not a number, such as 0.5"),
        ("tenth", "0.7", "Not a multiple of 0.5"),
    ] {
        let mut inputs = Inputs::default();
        let field = field(&form, &inputs, name);
        field.type_text(&mut inputs, text);
        let errors = form.check(&field, &inputs, &unknown);
        assert_eq!(
            errors,
            [FieldError {
                path: name.into(),
                message: message.into()
            }],
            "{text} in {name}"
        );
        assert_eq!(field.text(&inputs), text, "what was typed stays");
    }
    let mut inputs = Inputs::default();
    form.fields[1].type_text(&mut inputs, "2.0");
    assert_eq!(form.check(&form.fields[1], &inputs, &unknown), [], "2.0 is whole");
}

#[test]
fn texts_are_checked_in_code_points_and_by_the_callers_engine() {
    let form = form("Strings");
    let code = &form.fields[0];
    let mut inputs = Inputs::default();
    let check = |inputs: &Inputs, verdict: Option<bool>| {
        let errors = form.check(code, inputs, &|pattern, _| {
            assert_eq!(pattern, "^[A-Z]+$");
            verdict
        });
        errors.into_iter().map(|error| error.message).collect::<Vec<_>>()
    };
    code.type_text(&mut inputs, "😀");
    assert_eq!(check(&inputs, Some(true)), ["At least 2 characters"]);
    code.type_text(&mut inputs, "😀😀😀😀😀");
    assert_eq!(
        check(&inputs, None),
        [""; 0],
        "five, and the pattern is the server's to test"
    );
    assert_eq!(check(&inputs, Some(false)), ["Does not match ^[A-Z]+$"]);
    code.type_text(&mut inputs, "ABCDEF");
    assert_eq!(check(&inputs, Some(true)), ["At most 5 characters"]);
}

#[test]
fn choices_are_json_values() {
    let form = form("Enums");
    let mut inputs = Inputs::default();
    let mixed = field(&form, &inputs, "mixed");
    let FieldKind::Choice(values) = &mixed.kind else {
        panic!("{:?}", mixed.kind)
    };
    assert_eq!(
        values.iter().map(choice_label).collect::<Vec<_>>(),
        ["1", "x", "null"]
    );
    field(&form, &inputs, "mood").choose(&mut inputs, Some(1));
    mixed.choose(&mut inputs, Some(2));
    assert_eq!(
        sent(&form, &inputs),
        r#"{"mood":"sad","mixed":null,"fixed":"only"}"#,
        "the only value needs no choice"
    );
    mixed.choose(&mut inputs, None);
    assert_eq!(refused(&form, &inputs), [pair("mixed", "Required")]);
    inputs.set("mood", Input::Choice("\"gone\"".into()));
    assert_eq!(field(&form, &inputs, "mood").chosen(&inputs), None);
    assert!(
        refused(&form, &inputs).contains(&pair("mood", "Not one of the choices")),
        "of another schema's draft"
    );
    let inputs = form.decompose(&raw(r#"{"mixed":1.0,"level":2}"#));
    assert_eq!(
        (
            mixed.chosen(&inputs),
            field(&form, &inputs, "level").chosen(&inputs)
        ),
        (Some(0), Some(1))
    );
}

#[test]
fn objects_inside_are_pointers() {
    let form = form("Nested");
    let mut inputs = Inputs::default();
    let all = names(&visible(&form, &inputs));
    assert!(
        all.contains(&"person/address/street".to_owned()),
        "required objects are there: {all:?}"
    );
    assert!(
        !all.contains(&"person/second/street".to_owned()),
        "optional ones are not: {all:?}"
    );
    assert_eq!(
        refused(&form, &inputs),
        [
            pair("person/first_name", "Required"),
            pair("person/address/street", "Required")
        ]
    );
    field(&form, &inputs, "person/first_name").type_text(&mut inputs, "Ada");
    field(&form, &inputs, "person/address/street").type_text(&mut inputs, "Main");
    let small = r#"{"person":{"first_name":"Ada","address":{"street":"Main"}}}"#;
    assert_eq!(sent(&form, &inputs), small);

    let second = field(&form, &inputs, "person/second");
    form.enable(&second, &mut inputs);
    assert_eq!(
        refused(&form, &inputs),
        [pair("person/second/street", "Required")]
    );
    field(&form, &inputs, "person/second/street").type_text(&mut inputs, "Side");
    inputs.unset(&second.id);
    assert_eq!(sent(&form, &inputs), small, "taken out again");
    form.enable(&second, &mut inputs);
    assert_eq!(
        field(&form, &inputs, "person/second/street").text(&inputs),
        "Side",
        "its draft waited"
    );
}

#[test]
fn enabling_starts_with_the_default() {
    let form = form("Nested");
    let mut inputs = Inputs::default();
    let home = field(&form, &inputs, "home");
    form.enable(&home, &mut inputs);
    assert_eq!(field(&form, &inputs, "home/country").text(&inputs), "SE");
    let lists = self::form("Lists");
    let matrix = field(&lists, &inputs, "matrix");
    lists.enable(&matrix, &mut inputs);
    assert_eq!(field(&lists, &inputs, "matrix/1/0").text(&inputs), "0");
}

#[test]
fn unknown_keys_come_back() {
    let form = form("Greeting");
    let json = raw(r#"{"zz":1e400,"name":"Ada","a":{"b":[1,{}]},"zz":2}"#);
    assert_eq!(
        sent(&form, &form.decompose(&json)),
        r#"{"name":"Ada","zz":1e400,"a":{"b":[1,{}]},"zz":2}"#
    );
    let nested = self::form("Nested");
    let json = raw(r#"{"person":{"first_name":"A","address":{"street":"B","more":1},"odd":2}}"#);
    assert_eq!(
        refused(&nested, &nested.decompose(&json)),
        [pair("person/odd", "Not a key of this object")],
        "Person forbids what Address takes"
    );
}

#[test]
fn values_of_the_wrong_kind_wait_to_be_mended() {
    let form = form("Greeting");
    let json = raw(r#"{"name":7,"count":"many","mood":"angry","nick":[1]}"#);
    let mut inputs = form.decompose(&json);
    assert_eq!(
        refused(&form, &inputs),
        [
            pair("name", "Expected text"),
            pair("count", "Expected a whole number"),
            pair("mood", "Not one of the choices"),
            pair("nick", "Expected text")
        ]
    );
    assert_eq!(form.fields[0].text(&inputs), "7");
    form.fields[0].type_text(&mut inputs, "7");
    assert_eq!(
        form.check(&form.fields[0], &inputs, &unknown),
        [],
        "typed over, it is text"
    );
}

#[test]
fn the_json_side_shows_what_is_wrong_and_gives_it_back() {
    let form = form("Greeting");
    let mut inputs = Inputs::default();
    form.fields[1].type_text(&mut inputs, "1o");
    let text = form.to_json(&inputs);
    assert_eq!(text, "{\n  \"count\": \"1o\"\n}");
    form.update(&mut inputs, &raw(&text));
    assert_eq!(
        inputs.get("count"),
        Some(&Input::Text("1o".into())),
        "not a string now"
    );
    form.update(&mut inputs, &raw(r#"{"name":"Ada"}"#));
    assert_eq!(
        form.fields[1].text(&inputs),
        "3",
        "taken out there, untouched here"
    );
    form.update(&mut inputs, &raw("[1]"));
    assert_eq!(inputs.json.as_deref(), Some("[1]"), "no object: it waits");
    let error = parse_object("\n [1]").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 2: expected an object in braces"
    );
    assert_eq!(parse_object("{\"a\": }").unwrap_err().column, 7);
}

#[test]
fn branches_are_the_users_choice_and_keep_their_drafts() {
    let form = form("Unions");
    let mut inputs = Inputs::default();
    let loose = field(&form, &inputs, "loose");
    let FieldKind::Union(labels) = &loose.kind else {
        panic!("{:?}", loose.kind)
    };
    assert_eq!(labels, &["Cat", "Fish", "Text"]);
    loose.choose(&mut inputs, Some(2));
    form.children(&loose, &inputs)[0].type_text(&mut inputs, "typed");
    loose.choose(&mut inputs, Some(1));
    let fish = form.children(&loose, &inputs)[0].clone();
    assert_eq!((fish.name.as_str(), fish.id.as_str()), ("loose", "loose#1"));
    let fins = form.children(&fish, &inputs)[0].clone();
    assert_eq!(
        (fins.name.as_str(), fins.id.as_str()),
        ("loose/fins", "loose#1/fins")
    );
    fins.type_text(&mut inputs, "2");
    assert_eq!(
        form.check(&loose, &inputs, &unknown),
        [],
        "only the chosen branch is looked at; its boolean has a value"
    );
    loose.choose(&mut inputs, Some(2));
    assert_eq!(form.children(&loose, &inputs)[0].text(&inputs), "typed");
    form.update(&mut inputs, &raw(r#"{"loose":{"fins":3,"sea":true}}"#));
    assert_eq!(
        loose.chosen(&inputs),
        Some(1),
        "what cannot be the user's branch goes where it fits"
    );
    loose.choose(&mut inputs, Some(2));
    assert_eq!(
        form.children(&loose, &inputs)[0].text(&inputs),
        "typed",
        "and the other draft is still there"
    );
}

#[test]
fn tags_choose_branches_and_are_always_sent() {
    let form = form("Unions");
    let mut inputs = form.decompose(&raw(
        r#"{"pet":{"kind":"wolf","weight":30},"loose":"x","pets":[{"kind":"cat"}]}"#,
    ));
    assert_eq!(field(&form, &inputs, "pet").chosen(&inputs), Some(1));
    assert_eq!(
        sent(&form, &inputs),
        r#"{"pet":{"kind":"wolf","weight":30},"loose":"x","pets":[{"kind":"cat"}]}"#
    );
    let pet = field(&form, &inputs, "pet");
    inputs.forget("pet");
    pet.choose(&mut inputs, Some(1));
    field(&form, &inputs, "pet/weight").type_text(&mut inputs, "5");
    let out = sent(&form, &inputs);
    assert!(
        out.starts_with(r#"{"pet":{"kind":"dog","weight":5}"#),
        "the tag's default is sent: {out}"
    );
}

// Keeps the branch while its text happens to fit another one: forms that guess jump while one types.
#[test]
fn a_branch_does_not_jump() {
    let form = form("Unions");
    let mut inputs = Inputs::default();
    let number = field(&form, &inputs, "number_or_text");
    number.choose(&mut inputs, Some(1));
    form.children(&number, &inputs)[0].type_text(&mut inputs, "12");
    let json = raw(&form.to_json(&inputs));
    form.update(&mut inputs, &json);
    assert_eq!(number.chosen(&inputs), Some(1));
    number.choose(&mut inputs, Some(0));
    form.children(&number, &inputs)[0].type_text(&mut inputs, "1o");
    let json = raw(&form.to_json(&inputs));
    form.update(&mut inputs, &json);
    assert_eq!(
        number.chosen(&inputs),
        Some(0),
        "a wrong number is not a text by itself"
    );
}

#[test]
fn lists_grow_and_shrink_in_place() {
    let form = form("Lists");
    let mut inputs = Inputs::default();
    let tags = field(&form, &inputs, "tags");
    for word in ["a", "b", "c"] {
        tags.add_item(&mut inputs);
        let items = form.children(&tags, &inputs);
        items[items.len() - 1].type_text(&mut inputs, word);
    }
    let ids: Vec<String> = form
        .children(&tags, &inputs)
        .into_iter()
        .map(|item| item.id)
        .collect();
    tags.remove_item(&mut inputs, 1);
    let items = form.children(&tags, &inputs);
    assert_eq!(names(&items), ["tags/0", "tags/1"], "names follow the place");
    assert_eq!(
        [&items[0].id, &items[1].id],
        [&ids[0], &ids[2]],
        "ids follow the item"
    );
    assert_eq!(items[1].text(&inputs), "c");
    assert_eq!(items[1].label, "Tags 2");
    tags.add_item(&mut inputs);
    assert_eq!(
        form.children(&tags, &inputs)[2].text(&inputs),
        "",
        "what was removed does not come back"
    );
    let errors = refused(&form, &inputs);
    assert!(errors.contains(&pair("tags/2", "Required")), "{errors:?}");
}

/// Symptom: what a review knew about a removed item was shown at a new one.
/// Cause: the id of the last item was free again when it had been removed.
#[test]
fn the_id_of_a_removed_item_is_not_given_again() {
    let form = form("Lists");
    let mut inputs = Inputs::default();
    let tags = field(&form, &inputs, "tags");
    for _ in 0..3 {
        tags.add_item(&mut inputs);
    }
    let last = |inputs: &Inputs| form.children(&tags, inputs).pop().map(|item| item.id);
    let mut seen = vec![last(&inputs)];
    for _ in 0..3 {
        let count = form.children(&tags, &inputs).len();
        tags.remove_item(&mut inputs, count - 1);
        // Also after a reload.
        inputs = Inputs::from_text(&inputs.to_text());
        tags.add_item(&mut inputs);
        assert!(!seen.contains(&last(&inputs)), "{seen:?}");
        seen.push(last(&inputs));
    }
}

#[test]
fn lists_have_their_least_items_and_bounds() {
    let form = form("Lists");
    let mut inputs = Inputs::default();
    let two = field(&form, &inputs, "two");
    assert_eq!(names(&form.children(&two, &inputs)), ["two/0", "two/1"]);
    let errors = refused(&form, &inputs);
    assert!(errors.contains(&pair("two/1", "Required")), "{errors:?}");
    let pair_field = field(&form, &inputs, "pair");
    assert!(
        matches!(pair_field.kind, FieldKind::List { fixed: true, .. }),
        "a tuple: {:?}",
        pair_field.kind
    );
    let kinds: Vec<&str> = form
        .children(&pair_field, &inputs)
        .iter()
        .map(|item| item.kind.as_str())
        .collect();
    assert_eq!(kinds, ["integer", "text"]);
    for (name, text) in [("two/0", "1"), ("two/1", "2"), ("pair/0", "3"), ("pair/1", "x")] {
        field(&form, &inputs, name).type_text(&mut inputs, text);
    }
    assert_eq!(
        sent(&form, &inputs),
        r#"{"tags":[],"two":[1,2],"pair":[3,"x"]}"#,
        "an untouched list is empty"
    );
    two.add_item(&mut inputs);
    two.add_item(&mut inputs);
    assert!(refused(&form, &inputs).contains(&pair("two", "At most 3 items")));
    let few = form.decompose(&raw(r#"{"tags":[],"two":[1],"pair":[3,"x"]}"#));
    assert_eq!(refused(&form, &few), [pair("two", "At least 2 items")]);
}

#[test]
fn what_is_too_long_for_fields_is_one_text() {
    let form = form("Lists");
    let tags = format!("[{}\"x\"]", "\"x\",".repeat(5_000));
    let json = raw(&format!(r#"{{"tags":{tags},"two":[1,2],"pair":[1,"a"]}}"#));
    let mut inputs = form.decompose(&json);
    let field = field(&form, &inputs, "tags");
    assert!(field.is_raw(&inputs) && form.children(&field, &inputs).is_empty());
    assert_eq!(field.text(&inputs), tags);
    assert_eq!(sent(&form, &inputs), json.as_str());
    field.type_text(&mut inputs, "[\"y\"");
    assert_eq!(refused(&form, &inputs).len(), 1, "and has an error of its own");
    field.type_text(&mut inputs, "");
    assert!(!field.is_raw(&inputs), "emptied, it has fields again");
}

#[test]
fn maps_have_keys_of_ones_own() {
    let form = form("Maps");
    let mut inputs = Inputs::default();
    let counts = field(&form, &inputs, "counts");
    assert_eq!(sent(&form, &inputs), r#"{"counts":{}}"#);
    counts.add_item(&mut inputs);
    counts.rename_item(&mut inputs, 0, "a/b");
    let entry = form.children(&counts, &inputs)[0].clone();
    assert_eq!(
        (entry.name.as_str(), entry.label.as_str()),
        ("counts/a~1b", "a/b")
    );
    entry.type_text(&mut inputs, "2");
    counts.rename_item(&mut inputs, 0, "other");
    assert_eq!(
        sent(&form, &inputs),
        r#"{"counts":{"other":2}}"#,
        "its value moves with it"
    );
    counts.add_item(&mut inputs);
    form.children(&counts, &inputs)[1].type_text(&mut inputs, "3");
    assert_eq!(refused(&form, &inputs), [pair("counts/", "Needs a key")]);
    counts.rename_item(&mut inputs, 1, "other");
    assert_eq!(
        refused(&form, &inputs),
        [pair("counts/other", "This key is there twice")]
    );
}

#[test]
fn recursion_goes_as_deep_as_one_asks() {
    let form = form("Recursive");
    let mut inputs = Inputs::default();
    assert_eq!(refused(&form, &inputs), [pair("tree/value", "Required")]);
    let mut path = String::from("tree");
    for level in 0..5 {
        field(&form, &inputs, &format!("{path}/value")).type_text(&mut inputs, &level.to_string());
        let children = field(&form, &inputs, &format!("{path}/children"));
        children.add_item(&mut inputs);
        path.push_str("/children/0");
    }
    assert_eq!(
        refused(&form, &inputs),
        [pair(&format!("{path}/value"), "Required")]
    );
    let deep = format!(
        "{}7{}",
        r#"{"value":1,"children":["#.repeat(100),
        "]}".repeat(100)
    );
    let json = raw(&format!(r#"{{"tree":{deep}}}"#));
    let inputs = form.decompose(&json);
    let back = pretty(json.as_str()).unwrap();
    assert_eq!(form.to_json(&inputs), back, "deeper than fields go");
}

#[test]
fn a_required_recursion_is_not_followed() {
    let form = form("Impossible");
    assert_eq!(
        refused(&form, &Inputs::default()),
        [pair("linked/next", "Required")]
    );
    let many: Vec<String> = (0..30)
        .map(|n| format!(r##""p{n}":{{"$ref":"#/$defs/D{{}}"}}"##))
        .collect();
    let names: Vec<String> = (0..30).map(|n| format!("\"p{n}\"")).collect();
    let mut defs = Vec::new();
    for level in 0..20 {
        let properties = many.join(",").replace("{}", &(level + 1).to_string());
        defs.push(format!(
            r#""D{level}":{{"type":"object","properties":{{{properties}}},"required":[{}]}}"#,
            names.join(",")
        ));
    }
    let bomb = of(&format!(
        r##"{{"$defs":{{{}}},"$ref":"#/$defs/D0"}}"##,
        defs.join(",")
    ));
    let errors = refused(&bomb, &Inputs::default());
    assert!(
        errors.len() < 3_000 && errors.iter().all(|(_, message)| message == "Required"),
        "it ends"
    );
}

#[test]
fn json_fields_have_their_own_errors() {
    let form = form("Odd");
    let mut inputs = Inputs::default();
    field(&form, &inputs, "anything").type_text(&mut inputs, "{\"a\": }");
    field(&form, &inputs, "a~1b~0c#d e").type_text(&mut inputs, "1");
    assert_eq!(
        refused(&form, &inputs),
        [pair(
            "anything",
            "Not JSON: line 1, column 7: expected a value; text needs double quotes"
        )]
    );
    field(&form, &inputs, "anything").type_text(&mut inputs, " {\"a\": [1.50]} ");
    assert_eq!(sent(&form, &inputs), r#"{"anything":{"a":[1.50]},"a/b~c#d e":1}"#);
}

#[test]
fn free_rows_take_words_and_json() {
    let form = form("StartEvent");
    let mut inputs = Inputs::default();
    let rows = [
        ("topic", "cats and dogs"),
        ("n", "3"),
        ("quoted", "\"3\""),
        ("list", " [1, 2] "),
        ("", ""),
    ];
    inputs.set_extra(
        rows.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    );
    assert_eq!(
        sent(&form, &inputs),
        r#"{"topic":"cats and dogs","n":3,"quoted":"3","list":[1,2]}"#
    );
    inputs.set_extra(vec![("list".into(), "[1,".into()), (String::new(), "x".into())]);
    assert_eq!(
        refused(&form, &inputs),
        [
            pair("list", "Not JSON: line 1, column 4: the text ends too early"),
            pair("", "Needs a key")
        ]
    );
    let greeting = self::form("Greeting");
    inputs.set_extra(vec![("name".into(), "x".into())]);
    assert!(refused(&greeting, &inputs).contains(&pair("name", "This key has a field of its own")));
}

#[test]
fn the_stock_response_is_one_text() {
    let stock = Form::for_response(&schema("HumanResponseEvent"));
    assert_eq!(
        (names(&stock.fields), stock.open),
        (vec!["response".to_owned()], false)
    );
    assert_eq!(
        (stock.fields[0].label.as_str(), stock.fields[0].id.as_str()),
        ("Response", "response")
    );
    let mut inputs = Inputs::default();
    assert_eq!(
        refused(&stock, &inputs),
        [pair("response", "Required")],
        "an Enter by mistake sends nothing"
    );
    stock.fields[0].type_text(&mut inputs, "42");
    assert_eq!(sent(&stock, &inputs), r#"{"response":"42"}"#);
    assert_eq!(
        sent(&stock, &stock.decompose(&raw(r#"{"response":"42","user":1}"#))),
        r#"{"response":"42","user":1}"#
    );
    let own = Form::for_response(&schema("Confirm"));
    assert_eq!(
        sent(&own, &Inputs::default()),
        "{}",
        "a class without properties may be a mere yes"
    );
    assert_eq!(
        names(&Form::for_response(&schema("Answer")).fields),
        ["choice", "why"]
    );
}

#[test]
fn server_errors_find_their_field() {
    let unions = form("Unions");
    let inputs = unions.decompose(&raw(
        r#"{"pet":{"kind":"cat"},"loose":{"fins":1,"sea":true},"pets":[{"kind":"dog"}]}"#,
    ));
    for (path, name) in [
        ("pet/cat/lives", "pet/lives"),
        ("pet", "pet"),
        ("loose/Fish/fins", "loose/fins"),
        ("pets/0/dog/weight", "pets/0/weight"),
        ("number_or_text/int", "number_or_text"),
        ("nowhere", ""),
    ] {
        assert_eq!(unions.locate(&inputs, path), name, "{path}");
    }
    let nested = form("Nested");
    assert_eq!(
        nested.locate(&Inputs::default(), "person/address/zip"),
        "person/address/zip"
    );
}

#[test]
fn errors_without_a_field_name_their_place() {
    let at = |form: &Form, inputs: &Inputs, path: &str| {
        let error = FieldError {
            path: path.to_owned(),
            message: "No".to_owned(),
        };
        let placed = form.place(inputs, &error);
        (placed.path, placed.message)
    };
    let form = of(
        r#"{"properties":{"limits":{"type":"object","additionalProperties":{"type":"integer"}},
        "inner":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}},
        "required":["limits","inner"]}"#,
    );
    let inputs = form.decompose(&raw(r#"{"limits":{"cpu":1},"inner":{}}"#));
    for (path, expected) in [
        ("limits/cpu", pair("limits/cpu", "No")),
        ("limits/gone", pair("limits", "gone: No")),
        ("inner/zzz", pair("inner", "zzz: No")),
        ("zzz", pair("", "zzz: No")),
        ("", pair("", "No")),
    ] {
        assert_eq!(at(&form, &inputs, path), expected, "{path}");
    }
}

#[test]
fn what_was_typed_before_the_schema_was_known_moves_into_the_fields() {
    let form = of(
        r#"{"properties":{"name":{"type":"string"},"count":{"type":"integer"},"kept":{"type":"string"},
        "inner":{"type":"object","properties":{"a":{"type":"string"}}}},"required":["name"]}"#,
    );
    let mut inputs = Inputs::default();
    // A draft of an earlier visit.
    form.fields[2].type_text(&mut inputs, "mine");
    let row = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    inputs.set_extra(vec![
        row("name", "Ada"),
        row("free", "words"),
        row("count", "many"),
        row("kept", "theirs"),
        row("inner", r#"{"a":"b"}"#),
    ]);
    form.adopt(&mut inputs);
    assert_eq!(inputs.extra(), [row("free", "words")]);
    assert_eq!(
        refused(&form, &inputs),
        [pair("count", "Not a whole number, such as 42")],
        "wrong values are reported at their field"
    );
    form.fields[1].type_text(&mut inputs, "3");
    assert_eq!(
        sent(&form, &inputs),
        r#"{"name":"Ada","count":3,"kept":"theirs","inner":{"a":"b"},"free":"words"}"#
    );
}

#[test]
fn schemas_of_other_writers_are_read() {
    let form = of(r##"{"definitions":{"E":{"enum":["a"]}},"properties":{
            "s":{"type":["string","null"],"maxLength":300},
            "r":{"allOf":[{"$ref":"#/definitions/E"}],"title":"Ref","default":"a"},
            "two":{"type":["string","integer"]},
            "all":{"allOf":[{"type":"string"},{"minLength":2}]},
            "one":{"oneOf":[{"const":1},{"const":2,"title":"Two"}]},
            "lost":{"$ref":"#/nowhere"},"far":{"$ref":"https://example.com/x"},
            "loop":{"$ref":"#/properties/loop"},
            "any":true,"old":{"type":"integer","exclusiveMinimum":true,"minimum":1},
            "plain":{"properties":{"x":{"type":"null"}}}
        },"required":"no list"}"##);
    let kinds: Vec<&str> = form.fields.iter().map(|field| field.kind.as_str()).collect();
    assert_eq!(
        kinds.join(" "),
        "text choice json json union json json json json integer object"
    );
    assert!(form.fields[0].nullable && matches!(form.fields[0].kind, FieldKind::Text { long: true, .. }));
    assert_eq!(form.fields[1].label, "Ref");
    assert_eq!(
        form.fields[4].kind,
        FieldKind::Union(vec!["1".into(), "Two".into()])
    );
    for garbage in [
        "null",
        "[]",
        "3",
        "\"x\"",
        "{}",
        r#"{"properties":[1]}"#,
        r#"{"properties":{"a":7}}"#,
    ] {
        let form = of(garbage);
        assert!(form.open || form.fields.len() == 1, "{garbage}");
    }
}

// Slow to open elsewhere: 86 branches made at once, all validated at every key.
#[test]
fn many_branches_cost_nothing_until_chosen() {
    let properties: String = (0..20)
        .map(|n| format!(r#""f{n}":{{"type":"string","title":"F {n}"}},"#))
        .collect();
    let branch = |n: usize| {
        format!(
            r#"{{"title":"B{n}","type":"object","properties":{{{properties}"kind":{{"const":"b{n}"}}}},"required":["f0","kind"]}}"#
        )
    };
    let branches: Vec<String> = (0..86).map(branch).collect();
    let form = of(&format!(
        r#"{{"properties":{{"u":{{"oneOf":[{}]}}}},"required":["u"]}}"#,
        branches.join(",")
    ));
    let mut inputs = Inputs::default();
    form.fields[0].choose(&mut inputs, Some(80));
    field(&form, &inputs, "u/f0").type_text(&mut inputs, "x");
    assert_eq!(visible(&form, &inputs).len(), 1 + 1 + 21, "one branch's fields");
    assert_eq!(sent(&form, &inputs), r#"{"u":{"f0":"x","kind":"b80"}}"#);
    assert_eq!(
        form.fields[0].chosen(&form.decompose(&raw(r#"{"u":{"f0":"x","kind":"b44"}}"#))),
        Some(44)
    );
}

#[test]
fn sources_are_the_places_of_the_first_values() {
    let form = of(
        r##"{"properties":{"years":{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer"}}},
        "parts":{"type":"array","items":{"anyOf":[{"$ref":"#/$defs/A"},{"type":"string"}]}},"a/b":{"type":"string"},
        "":{"properties":{"x":{"type":"string"}},"type":"object"}},
        "$defs":{"A":{"title":"A","type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}}"##,
    );
    let data = raw(r#"{"years":{"2024":[1,2],"7":[3]},"parts":["t",{"n":1},{"n":2}],"a/b":"","":{"x":"y"}}"#);
    let mut inputs = form.decompose(&data);
    let sources =
        |fields: &[Field]| -> Vec<String> { fields.iter().map(|field| field.source.clone()).collect() };
    let children = |field: &Field, inputs: &Inputs| form.children(field, inputs);
    assert_eq!(sources(&form.fields), ["years", "parts", "a~1b", ""]);
    assert_eq!(sources(&children(&form.fields[3], &inputs)), ["/x"]);

    let years = &form.fields[0];
    years.remove_item(&mut inputs, 0);
    let entries = children(years, &inputs);
    assert_eq!(
        sources(&entries),
        ["years/7"],
        "the key of a map, not its position"
    );
    assert_eq!(sources(&children(&entries[0], &inputs)), ["years/7/0"]);

    let parts = &form.fields[1];
    parts.remove_item(&mut inputs, 0);
    let items = children(parts, &inputs);
    assert_eq!(
        (items[0].name.as_str(), items[0].source.as_str()),
        ("parts/0", "parts/1")
    );
    let branch = children(&items[0], &inputs);
    assert_eq!(sources(&branch), ["parts/1"], "a branch is where its union is");
    assert_eq!(sources(&children(&branch[0], &inputs)), ["parts/1/n"]);
    parts.add_item(&mut inputs);
    assert_eq!(
        sources(&children(parts, &inputs)),
        ["parts/1", "parts/2", "parts/3"]
    );
}
