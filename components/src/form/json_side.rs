//! The whole event as a text of JSON, in the place of its fields.

use super::{FormState, submit_on_ctrl_enter};
use crate::ui::{Call, El, button, div, el, memo, typed};

pub(super) fn json_side(state: FormState, label: &'static str, on_submit: Call<()>) -> El {
    let id = crate::dom::unique_id("json");
    let error_id = [&id, "-error"].concat();
    let shown = state
        .inputs
        .peek_with(|inputs| inputs.json.clone().unwrap_or_default());
    let errors = memo(move || state.general());
    let wrong = move || errors.with(|errors| !errors.is_empty());
    let area = el("textarea")
        .class("wf-input wf-input--code")
        .attr("id", id.as_str())
        .attr("rows", "8")
        .attr("spellcheck", false)
        .attr("autocomplete", "off")
        .attr("aria-invalid", move || wrong().then_some("true"))
        .attr("aria-describedby", error_id.as_str())
        .prop("value", shown)
        .on("input", move |event| {
            state.inputs.change(|inputs| inputs.json = Some(typed(&event)));
            state.errors.set(Vec::new());
        })
        .on("keydown", move |event| submit_on_ctrl_enter(&event, on_submit));
    let drop = button("wf-link")
        .flag("hidden", move || !wrong())
        .text("Drop this JSON and go back to the fields")
        .on("click", move |_| {
            state.errors.set(Vec::new());
            state.inputs.change(|inputs| inputs.json = None);
        });
    div("wf-field")
        .child(el("label").class("wf-field__label").attr("for", id).text(label))
        .child(area)
        .child(
            el("p")
                .class("wf-error")
                .attr("id", error_id)
                .flag("hidden", move || !wrong())
                .text(move || errors.get()),
        )
        .child(drop)
}
