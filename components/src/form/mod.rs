//! A form from a JSON Schema.
//!
//! [`Form`] is the parsed schema, [`FormState`] holds the input and the errors, and [`FormFields`] shows the fields. The app adds the
//! buttons and uses the value:
//!
//! ```no_run
//! use leptos::{ev, prelude::*};
//! use std::sync::Arc;
//! use workflow_ui_components::form::{FieldError, Form, FormFields, FormState, Inputs};
//! use workflow_ui_core::protocol::RawJson;
//!
//! #[component]
//! fn OrderForm(schema: RawJson, #[prop(into)] on_order: Callback<RawJson>) -> impl IntoView {
//!     let form = Arc::new(Form::from_schema(&schema));
//!     let state = FormState::new();
//!     let order = {
//!         let form = Arc::clone(&form);
//!         Callback::new(move |()| match state.compose(&form) {
//!             Ok(value) => on_order.run(value),
//!             // Shows the errors at their fields.
//!             Err(errors) => state.refuse(&form, &errors),
//!         })
//!     };
//!     let sold_out = {
//!         let form = Arc::clone(&form);
//!         move |_| {
//!             let error = FieldError { path: "article".to_owned(), message: "Sold out".to_owned() };
//!             state.refuse(&form, &[error]);
//!         }
//!     };
//!     let clear = move |_| state.replace_inputs(|inputs| *inputs = Inputs::default());
//!     let submit = move |event: ev::SubmitEvent| {
//!         event.prevent_default();
//!         order.run(());
//!     };
//!     view! {
//!         <form novalidate on:submit=submit>
//!             // Ctrl+Enter in a text area calls `on_submit`. Enter in an input submits the form, as browsers do.
//!             <FormFields form state on_submit=order />
//!             <p role="alert">{move || state.general_error()}</p>
//!             <button type="submit">"Order"</button>
//!             <button type="button" on:click=clear>"Clear"</button>
//!             <button type="button" on:click=sold_out>"Check the stock"</button>
//!         </form>
//!     }
//! }
//! ```

mod aside;
mod control;
mod event;
mod extra;
mod field;
mod focus;
mod group;
mod item;
mod json_text;
#[cfg(feature = "cloud")]
mod pages;
mod state;

use crate::dom::key_press;
use crate::theme::mount_style;
#[cfg(feature = "cloud")]
pub(crate) use aside::FieldAside;
pub(crate) use control::selected_index;
pub(crate) use event::{EventErrors, EventFields, JsonToggle};
pub(crate) use extra::ExtraFields;
pub(crate) use focus::hand_focus_on;
use group::field_view;
use indexmap::IndexMap;
use leptos::{html, prelude::*};
#[cfg(feature = "cloud")]
use pages::FieldPages;
#[cfg(feature = "cloud")]
pub(crate) use pages::provide_form_pages;
pub use state::FormState;
pub(crate) use state::focus_error;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};
pub use workflow_inspector::form::{Field, FieldKind, Form, Input, Inputs};
pub use workflow_protocol::FieldError;
use workflow_protocol::RawJson;

pub(crate) const STYLE: &str = include_str!("form.css");

/// The fields of a form, in order, without a `form` element around them.
///
/// To change the inputs from outside of the fields, use [`FormState::replace_inputs`], which rebuilds the fields. The [module](self) has an
/// example.
#[component]
pub fn FormFields(
    /// The form.
    form: Arc<Form>,
    /// Its input and errors.
    state: FormState,
    /// Called when Ctrl+Enter is pressed in a text area. Enter in an input submits the form, as browsers do.
    #[prop(optional, into)]
    on_submit: Option<Callback<()>>,
) -> impl IntoView {
    mount_style(STYLE);
    state.mark_drawn();
    let root = NodeRef::<html::Div>::new();
    let is_open = form.open;
    let shown = Arc::clone(&form);
    // Controls are not bound to the inputs, so that a letter wakes nobody else: they are new elements after a refill.
    #[cfg(feature = "cloud")]
    let pages = {
        let form = Arc::clone(&form);
        FieldPages::new(state, "", move |weigh| {
            state.refilled.track();
            form.fields.iter().map(weigh).collect()
        })
    };
    #[cfg(feature = "cloud")]
    let pager = pages.map(|pages| pages.view("the form"));
    #[cfg(not(feature = "cloud"))]
    let pager = ();
    let fields = move || {
        let version = state.refilled.get();
        if let Some(root) = root.get_untracked() {
            hand_focus_on(&root);
        }
        let fields = &shown.fields[..];
        #[cfg(feature = "cloud")]
        let fields = pages.map_or(fields, |pages| fields.get(pages.range()).unwrap_or_default());
        let fields = fields.iter().cloned();
        fields.map(move |field| (version, field)).collect::<Vec<_>>()
    };
    view! {
        <div
            class="wf-form"
            node_ref=root
            on:keydown=move |event| submit_on_ctrl_enter(key_press(&event), on_submit)
        >
            {pager}
            <For
                each=fields
                key=|(version, field)| (*version, field.id.clone())
                children=move |(_, field)| field_view(&form, field, state)
            />
            {is_open.then(|| view! { <ExtraFields state /> })}
        </div>
    }
}

/// Calls `on_submit` if the key is Ctrl+Enter (or ⌘ and Enter) in a text area.
fn submit_on_ctrl_enter(key: Option<&KeyboardEvent>, on_submit: Option<Callback<()>>) {
    let Some(key) = key else { return };
    let in_text_area = key
        .target()
        .is_some_and(|target| target.dyn_ref::<HtmlTextAreaElement>().is_some());
    if in_text_area && key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) {
        key.prevent_default();
        if let Some(on_submit) = on_submit {
            on_submit.run(());
        }
    }
}

/// A JSON object of these fields, in order; of equal names the last one counts.
pub(crate) fn json_object(fields: impl IntoIterator<Item = (String, RawJson)>) -> Option<RawJson> {
    let fields: IndexMap<String, RawJson> = fields.into_iter().collect();
    RawJson::parse(serde_json::to_string(&fields).ok()?).ok()
}
