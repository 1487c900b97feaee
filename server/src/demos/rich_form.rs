//! `rich_form`: a start event with a bit of everything that a form can hold.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::workflow;
use crate::engine::{Class, Context, Event, Exception, Step, StepResult, Workflow, classes};

/// What is computed with; the rest of the order passes through as it came, to the last digit.
#[derive(Deserialize)]
struct Order {
    articles: Vec<Item>,
    discount: f64,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    quantity: u32,
    price: f64,
}

#[derive(Serialize)]
struct OrderLine {
    name: String,
    total: f64,
}

#[derive(Serialize)]
struct Priced<'a> {
    order: &'a RawValue,
    total: f64,
}

classes! { OrderLine: [] }

static START: Class = Class::of("OrderStart", &["StartEvent"]);
static STOP: Class = Class::of("OrderStop", &["StopEvent"]);

async fn price(ctx: Context, ev: Event) -> StepResult {
    let order: Order = ev
        .read()
        .map_err(|error| Exception::value_error(error.to_string()))?;
    let mut total = 0.0;
    for item in order.articles {
        let line = f64::from(item.quantity) * item.price;
        total += line;
        ctx.emit(&OrderLine {
            name: item.name,
            total: line,
        });
    }
    let total = total * (1.0 - order.discount);
    let priced = Priced {
        order: &ev.value,
        total,
    };
    Ok(Some(Event::new(&STOP, &priced)))
}

pub(super) fn rich_form() -> Workflow {
    workflow(
        "rich_form",
        include_str!("recorded/rich_form.json"),
        &START,
        &[&START, &STOP],
        vec![Step::any("price", vec![&START], price)],
    )
}
