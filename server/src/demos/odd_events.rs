//! `odd_events`: events that break careless pages: huge, hostile, unknown, undeclared, and one frame that is
//! not JSON.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::workflow;
use crate::engine::{Class, Context, Event, Step, StepResult, Typed, Workflow, classes, done, framework};

#[derive(Deserialize)]
struct OddStart {
    big_bytes: usize,
    malformed: bool,
}

#[derive(Serialize)]
struct Big {
    text: String,
}

#[derive(Serialize)]
struct Unicode {
    text: &'static str,
}

#[derive(Serialize)]
struct Markup {
    html: &'static str,
}

classes! { OddStart: ["StartEvent"], Big: [], Unicode: [], Markup: [] }

static BIG_NUMBERS: Class = Class::plain("BigNumbers");
static NESTED: Class = Class::plain("Nested");

/// Emits an event whose fields are written out, to the last digit.
fn emit_text(ctx: &Context, class: &'static Class, fields: &str) {
    if let Ok(fields) = RawValue::from_string(fields.to_owned()) {
        ctx.emit_event(Event::raw(class, fields));
    }
}

async fn emit(ctx: Context, ev: OddStart) -> StepResult {
    emit_text(
        &ctx,
        &framework::EVENT,
        r#"{"_data":{"msg":"dynamic","value":1,"_private":"kept"}}"#,
    );
    ctx.emit(&Unicode {
        text: "é ß 漢字 🧑‍🚀 \u{202e}right to left\u{202c} e\u{301} \0 \u{2028} \u{feff}",
    });
    let html = "<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;${1}{{1}}";
    ctx.emit(&Markup { html });
    let numbers =
        r#"{"just_beyond":9007199254740993,"huge":10000000000000000000000000000000000000000,"tiny":5e-324}"#;
    emit_text(&ctx, &BIG_NUMBERS, numbers);
    let mut tree = r#"{"leaf":null}"#.to_owned();
    for depth in 0..60 {
        tree = format!("{{\"{depth}\":[{tree},true]}}");
    }
    emit_text(&ctx, &NESTED, &format!("{{\"tree\":{tree}}}"));
    if ev.malformed {
        ctx.emit_raw(r#"{"value":{"cut":"in the mid"#);
    }
    ctx.emit(&Big {
        text: "0123456789".repeat(ev.big_bytes / 10),
    });
    done(json!({ "": { "a/b~c": "<b>" }, "n": 9_007_199_254_740_993_u64 }))
}

pub(super) fn odd_events() -> Workflow {
    workflow(
        "odd_events",
        include_str!("recorded/odd_events.json"),
        OddStart::CLASS,
        &[OddStart::CLASS, &framework::STOP],
        vec![Step::new("emit", emit)],
    )
}
