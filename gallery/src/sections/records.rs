//! Records of Agent Data, and the review of one.

use crate::scene::{Size, Specimen, server};
use leptos::prelude::*;
use serde_json::{Value, json};
use workflow_protocol::RawJson;
use workflow_ui_components::cloud::{Column, ExtractedReview, ItemCount, ItemGrid, StatusCounts};
use workflow_ui_core::agent_data::{Citation, field};
use workflow_ui_core::{AgentDataClient, Reply, UseAgentDataOptions, provide_agent_data_client};

const BASE: &str = "/api/v1/beta/agent-data";
const STATUSES: [&str; 6] = [
    "pending_review",
    "accepted",
    "approved",
    "rejected",
    "error",
    "on_hold",
];

fn path(rest: &str) -> String {
    [BASE, rest].concat()
}

/// A client of the specimen's server, which answers from its script.
fn provide() {
    let client = AgentDataClient::builder("")
        .transport(server())
        .no_storage()
        .collection("invoices")
        .build();
    provide_agent_data_client(client);
}

fn options() -> UseAgentDataOptions {
    UseAgentDataOptions {
        every_ms: None,
        ..UseAgentDataOptions::default()
    }
}

fn record(number: usize) -> Value {
    let status = STATUSES[number % STATUSES.len()];
    let minute = number % 60;
    json!({
        "id": format!("item-{number}"), "deployment_name": "_public", "collection": "invoices",
        "created_at": format!("2026-01-01T12:{minute:02}:00+00:00"), "updated_at": "2026-01-01T13:00:00+00:00",
        "data": {
            "file_name": if number == 3 { "a-file-with-a-very-long-name-that-does-not-fit-anywhere-2026-01.pdf".to_owned() }
                else { format!("invoice-{number}.pdf") },
            "status": status, "overall_confidence": 0.93, "data": {"total": number * 7, "currency": "EUR"},
        },
    })
}

/// Serves this many records, their number and their statuses.
fn serve(count: usize, page: usize) {
    let items: Vec<Value> = (0..page.min(count)).map(record).collect();
    let answer = json!({"items": items, "next_page_token": (page < count).then_some("next")});
    let groups: Vec<Value> = STATUSES
        .iter()
        .map(|status| json!({"group_key": {"status": status}, "count": count / STATUSES.len()}))
        .collect();
    let aggregate = json!({"items": if count == 0 { Vec::new() } else { groups }});
    server()
        .post(&path("/:search"), Reply::json(200, answer.to_string()))
        .post(&path("/:aggregate"), Reply::json(200, aggregate.to_string()));
}

fn columns() -> Vec<Column> {
    vec![
        Column::field("File", "file_name"),
        Column::status("Status", "status"),
        Column::field("Total", "data.total"),
        Column::created("Created"),
    ]
}

#[component]
fn Records(
    #[prop(default = 143)] count: usize,
    #[prop(default = 20)] page_size: u32,
    /// The answer to every search, in the place of records.
    #[prop(optional)]
    reply: Option<Reply>,
) -> impl IntoView {
    provide();
    serve(count, page_size as usize);
    if let Some(reply) = reply {
        server().post(&path("/:search"), reply);
    }
    view! { <ItemGrid columns=columns() status_field="status" page_size options=options() on_open=|_| {} /> }
}

/// A thousand records, which a button removes and shows again.
#[component]
fn ManyRecords() -> impl IntoView {
    let open = RwSignal::new(true);
    view! {
        <button class="wf-button" on:click=move |_| open.update(|open| *open = !*open)>
            "Show or hide the records"
        </button>
        <Show when=move || open.get()>
            <Records count=1000 page_size=1000 />
        </Show>
    }
}

#[component]
pub(crate) fn ItemGrids() -> impl IntoView {
    view! {
        <Specimen caption="A page of records" size=Size::Wide>
            <Records />
        </Specimen>
        <Specimen caption="In a narrow place" size=Size::Tall>
            <Records />
        </Specimen>
        <Specimen caption="A thousand on a page" size=Size::Wide>
            <ManyRecords />
        </Specimen>
        <Specimen caption="None" size=Size::Tall>
            <Records count=0 />
        </Specimen>
        <Specimen caption="Loading" size=Size::Tall>
            <Records reply=Reply::Wait />
        </Specimen>
        <Specimen caption="Refused" size=Size::Tall>
            <Records reply=Reply::detail(402, "Your plan has no credits left") />
        </Specimen>
    }
}

#[component]
fn Numbers(
    #[prop(default = 143)] count: usize,
    /// The answer to every aggregate, in the place of numbers.
    #[prop(optional)]
    reply: Option<Reply>,
) -> impl IntoView {
    provide();
    serve(count, 0);
    if let Some(reply) = reply {
        server().post(&path("/:aggregate"), reply);
    }
    let chosen = RwSignal::new("accepted".to_owned());
    view! {
        <div style:display="flex" style:gap="8px">
            <ItemCount title="All" options=options() />
            <ItemCount title="To review" filter=field("status").eq("pending_review") options=options() />
        </div>
        <StatusCounts options=options() chosen on_choose=move |status| chosen.set(status) />
    }
}

#[component]
fn Words() -> impl IntoView {
    provide();
    serve(60, 0);
    view! { <StatusCounts options=options() /> }
}

#[component]
pub(crate) fn Counts() -> impl IntoView {
    view! {
        <Specimen caption="Counts, and statuses to choose">
            <Numbers />
        </Specimen>
        <Specimen caption="Statuses only to read">
            <Words />
        </Specimen>
        <Specimen caption="No records">
            <Numbers count=0 />
        </Specimen>
        <Specimen caption="Loading">
            <Numbers reply=Reply::Wait />
        </Specimen>
        <Specimen caption="Refused">
            <Numbers reply=Reply::detail(403, "Not your project") />
        </Specimen>
    }
}

const SCHEMA: &str = r#"{"type":"object","required":["number","total"],"properties":{
    "number":{"title":"Invoice number","type":"string"},
    "total":{"title":"Total","type":"number","minimum":0},
    "currency":{"title":"Currency","enum":["EUR","USD","GBP"]},
    "paid":{"title":"Paid","type":"boolean","default":false},
    "vendor":{"title":"Vendor","type":"object","required":["name"],"properties":{
        "name":{"title":"Name","type":"string"},"vat":{"title":"VAT number","type":"string"}}},
    "lines":{"title":"Lines","type":"array","items":{"type":"object","required":["text"],"properties":{
        "text":{"title":"Text","type":"string"},"amount":{"title":"Amount","type":"number"}}}}}}"#;

fn invoice(status: &str) -> Value {
    json!({
        "original_data": {"number": "2026-17", "total": 118.8, "currency": "EUR", "paid": false,
            "vendor": {"name": "Acme B.V.", "vat": "NL0042"}, "lines": [{"text": "Paper", "amount": 99.0}, {"text": "Ink", "amount": 19.8}]},
        "data": {"number": "2026-17", "total": 118.9, "currency": "EUR", "paid": false,
            "vendor": {"name": "Acme B.V.", "vat": "NL0042"}, "lines": [{"text": "Paper", "amount": 99.0}, {"text": "Ink", "amount": 19.8}]},
        "status": status, "overall_confidence": 0.78, "file_name": "invoice-17.pdf",
        "field_metadata": {
            "number": {"confidence": 0.99, "citation": [{"page": 1, "matching_text": "Invoice 2026-17"}]},
            "total": {"confidence": 0.62, "reasoning": "The sum of the lines; the printed total is smudged.",
                "citation": [{"page": 2, "matching_text": "Total 118,8"}, {"page": 1}]},
            "currency": {"confidence": 0.0, "citation": null},
            "vendor": {"reasoning": "From the letterhead.", "name": {"confidence": 0.95}, "vat": {"confidence": "high", "citation": "odd"}},
            "lines": [{"text": {"confidence": 0.97}, "amount": {"confidence": 0.91}}, {"text": {"confidence": 0.88}}],
        },
    })
}

#[component]
fn Review(
    #[prop(default = "pending_review")] status: &'static str,
    #[prop(default = true)] with_schema: bool,
    /// The answer to the read, in the place of the record.
    #[prop(optional)]
    reply: Option<Reply>,
) -> impl IntoView {
    provide();
    let record = |data: Value| {
        json!({"id": "1", "deployment_name": "_public", "collection": "invoices", "data": data,
            "created_at": "2026-01-01T12:00:00+00:00", "updated_at": "2026-01-01T12:00:00+00:00"})
        .to_string()
    };
    let mut data = invoice(status);
    if status == "error" {
        data["metadata"] = json!({"extraction_error": "total: Input should be a valid number"});
        data["data"] = json!({});
    }
    let answer = reply.unwrap_or_else(|| Reply::json(200, record(data)));
    server().get(&path("/1"), answer);
    let schema = with_schema.then(|| RawJson::parse(SCHEMA).unwrap_or_default());
    view! {
        <ExtractedReview
            id=Signal::stored(Some("1".to_owned()))
            schema=Signal::stored(schema)
            options=options()
            on_cite=|_: Citation| {}
        />
    }
}

/// A thousand lines of five fields, on pages.
#[component]
fn LongReview() -> impl IntoView {
    provide();
    let line = |n: usize| json!({"text": format!("Line {n}"), "article": n, "price": 1.5, "unit": "kg", "paid": n.is_multiple_of(2)});
    let note = |n: usize| json!({"confidence": 0.99 - (n % 7) as f64 / 20.0, "citation": [{"page": n / 40 + 1, "matching_text": format!("Line {n}")}]});
    let notes = |n: usize| json!({"text": note(n), "article": note(n + 1), "price": note(n + 2), "unit": note(n + 3), "paid": null});
    let lines: Vec<Value> = (1..=1_000).map(line).collect();
    let data = json!({"number": "2026-18", "lines": lines});
    let record = json!({"id": "2", "deployment_name": "_public", "collection": "invoices", "data": {
        "original_data": data, "data": data, "status": "pending_review", "file_name": "stock.pdf",
        "field_metadata": {"lines": (1..=1_000).map(notes).collect::<Vec<_>>()},
    }});
    server().get(&path("/2"), Reply::json(200, record.to_string()));
    let open = RwSignal::new(None::<String>);
    view! {
        <button class="wf-button" on:click=move |_| open.set(Some("2".to_owned()))>
            "Open the record"
        </button>
        <ExtractedReview id=open options=options() on_cite=|_: Citation| {} />
    }
}

#[component]
pub(crate) fn Reviews() -> impl IntoView {
    view! {
        <Specimen caption="With a schema">
            <Review />
        </Specimen>
        <Specimen caption="Without a schema, approved">
            <Review status="approved" with_schema=false />
        </Specimen>
        <Specimen caption="What could not be extracted">
            <Review status="error" />
        </Specimen>
        <Specimen caption="Loading">
            <Review reply=Reply::Wait />
        </Specimen>
        <Specimen caption="No such record">
            <Review reply=Reply::detail(404, "No data with ID: 1") />
        </Specimen>
        <Specimen caption="Refused">
            <Review reply=Reply::detail(401, "Sign in first") />
        </Specimen>
        <Specimen caption="Five thousand fields">
            <LongReview />
        </Specimen>
    }
}
