//! The search in a document.

use super::STYLE;
use super::document::Document;
use crate::dom::key_press;
use crate::icon::{Icon, icon};
use crate::theme::mount_style;
use crate::ui::{El, button, div, el, span, typed};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// A field for the words, what was found, and buttons that go there.
pub(crate) fn search_bar(document: &Rc<Document>, label: &'static str) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let step = |label: &'static str, key: &str, forward: bool| {
        let document = Rc::clone(document);
        let class = if forward {
            "wf-button wf-button--plain wf-button--icon wf-json__next"
        } else {
            "wf-button wf-button--plain wf-button--icon wf-json__previous"
        };
        button(class)
            .attr("aria-label", label)
            .attr("title", [label, " (", key, ")"].concat())
            .child(icon(Icon::Chevron))
            .on("click", move |_| document.go(forward))
    };
    let (search, keys) = (Rc::clone(document), Rc::clone(document));
    let field = el("input")
        .class("wf-input")
        .attr("type", "search")
        .attr("aria-label", label)
        .attr("placeholder", "Search")
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .on("input", move |event| search.search(&typed(&event)))
        .on("keydown", move |event| {
            let Some(key) = key_press(&event) else {
                return;
            };
            match key.key().as_str() {
                "Enter" => {
                    event.prevent_default();
                    keys.go(!key.shift_key());
                }
                // The first one empties the field; what the pane does with it comes after that.
                "Escape" if !typed(&event).is_empty() => {
                    event.prevent_default();
                    event.stop_propagation();
                    let field = event
                        .target()
                        .and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
                    if let Some(field) = field {
                        field.set_value("");
                    }
                    keys.search("");
                }
                _ => {}
            }
        });
    let told = document.told;
    div("wf-json__search")
        .child(div("wf-json__words").child(icon(Icon::Search)).child(field))
        .child(
            span("wf-json__found")
                .attr("role", "status")
                .text(move || told.get()),
        )
        .child(step("Previous match", "Shift+Enter", false))
        .child(step("Next match", "Enter", true))
}
