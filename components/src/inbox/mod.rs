//! The open prompts of all running runs, with their count.

use crate::dom::{key_press, unique_id};
use crate::icon::{Icon, icon};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Var, button, div, each, effect, el, memo, span};
use leptos::prelude::{IntoView, component};
use workflow_inspector::text;
use workflow_protocol::PromptState;
use workflow_ui_core::{PendingInput, UsePendingInputsOptions};
use workflow_ui_core::{UsePendingInputsReturn, use_pending_inputs_with_options};

const STYLE: &str = include_str!("inbox.css");

/// The open prompts of all running runs, whoever started them.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::inbox::Inbox;
/// use workflow_ui_components::ui::Call;
///
/// #[component]
/// fn Bell(opened: RwSignal<String>) -> impl IntoView {
///     view! { <Inbox on_go=Call::new(move |id| opened.set(id)) /> }
/// }
/// ```
#[component]
pub fn Inbox(
    /// The number of open prompts, for those who show it elsewhere.
    #[prop(optional, into)]
    count: Option<Var<usize>>,
    /// Is the list unfolded? Defaults to not, at first.
    #[prop(optional, into)]
    unfolded: Option<Var<bool>>,
    /// A prompt of this handler was chosen.
    #[prop(into)]
    on_go: Call<String>,
) -> impl IntoView {
    let count = count.unwrap_or_else(|| Var::new(0));
    View::from(inbox(count, unfolded.unwrap_or_else(|| Var::new(false)), on_go))
}

/// [`Inbox`] as an element.
pub fn inbox(count: Var<usize>, unfolded: Var<bool>, on_go: Call<String>) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let UsePendingInputsReturn {
        inputs, count: total, ..
    } = use_pending_inputs_with_options(UsePendingInputsOptions {
        all_running: true,
        ..UsePendingInputsOptions::default()
    });
    effect(move || count.set(total.get()));
    let id = unique_id("inbox");
    let press = move |_| {
        // With a single prompt there is nothing to choose.
        let single = inputs.with_untracked(|inputs| match inputs.as_slice() {
            [one] => Some(one.handler_id.clone()),
            _ => None,
        });
        match single {
            Some(handler) if !unfolded.peek() => on_go.run(handler),
            _ => unfolded.set(!unfolded.peek()),
        }
    };
    let on_key = move |event: web_sys::Event| {
        let escape = key_press(&event).is_some_and(|key| key.key() == "Escape");
        if escape && unfolded.peek() {
            event.stop_propagation();
            unfolded.set(false);
        }
    };
    let words = move || open_prompts(total.get());
    let go = move |handler: String| {
        unfolded.set(false);
        on_go.run(handler);
    };
    let toggle = button("wf-button wf-inbox__button")
        .attr("aria-expanded", move || unfolded.get())
        .attr("aria-controls", id.as_str())
        .child(icon(Icon::Ask))
        .child(span("wf-num").text(words))
        .on("click", press);
    let list = div("")
        .attr("id", id)
        .flag("hidden", move || !unfolded.get())
        .child(lines(inputs, Call::new(go)));
    el("section")
        .class("wf-inbox")
        .attr("data-part", "inbox")
        .attr("role", "region")
        .attr("aria-label", "Open prompts")
        .attr("data-count", move || total.get())
        .on("keydown", on_key)
        .child(toggle)
        .child(list)
}

/// The prompts, one a line: each stays as it is while others come and go, and with it the focus.
fn lines(inputs: Reading<Vec<PendingInput>>, go: Call<String>) -> El {
    let shown = move || {
        inputs.with(|inputs| {
            let open = inputs.iter().filter(|input| input.state() != PromptState::Sent);
            open.map(PendingInput::key).collect::<Vec<_>>()
        })
    };
    let is_empty = memo(move || shown().is_empty());
    let line = move |key: &str| {
        inputs.with_untracked(|inputs| {
            let input = inputs.iter().find(|input| input.key() == key);
            input.map_or_else(|| el("li"), |input| item(input, go))
        })
    };
    let none = "Nothing waits for you. Questions of all running runs show up in this list.";
    el("ul").class("wf-inbox__list").child(each(shown, line)).child(
        el("li")
            .class("wf-inbox__none")
            .flag("hidden", move || !is_empty.get())
            .text(none),
    )
}

/// How many prompts wait, in words.
pub(crate) fn open_prompts(count: usize) -> String {
    match count {
        0 => String::from("No open prompts"),
        1 => String::from("1 open prompt"),
        many => [&many.to_string(), " open prompts"].concat(),
    }
}

fn item(input: &PendingInput, go: Call<String>) -> El {
    let target = input.handler_id.clone();
    let place = [
        &input.workflow_name,
        " ",
        text::short_id(&target).as_ref(),
        " #",
        &input.prompt.sequence.to_string(),
    ]
    .concat();
    let item = button("wf-inbox__item")
        .child(span("").text(input.text.as_str()))
        .child(span("wf-inbox__where").text(place))
        .on("click", move |_| go.run(target.clone()));
    el("li").child(item)
}
