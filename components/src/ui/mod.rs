//! The view layer of the components: elements as plain values, with live attributes, texts and children.
//!
//! `view!` makes a type of its own of every element and everything in it, which costs kilobytes per element; the whole debugger has to fit
//! into 200. Here every element is the same type and every live part one boxed closure, run by one kind of effect of the same
//! reactive graph. What is built belongs to the current [`Owner`](crate::reactive::Owner): when that is cleaned up, effects end and
//! listeners are removed. With the feature `leptos`, `View` hands an element to `view!`.
//!
//! ```ignore
//! let count = RwSignal::new(0);
//! el("button").attr("type", "button").text(move || count.get()).on("click", move |_| count.update(|n| *n += 1))
//! ```

mod children;
mod reactive;
mod time;
mod value;
mod view;

pub use children::{Child, Dynamic, Each, Elements, dynamic, each, show};
pub use reactive::{Call, Held, Live, Var, effect, memo, memo_with, now};
pub use time::{Timer, after, every, frame};
pub use value::Value;
pub use view::{Mounted, View, element_of};

pub(crate) use reactive::keep;

use crate::dom::{Dom, Handle, Listener, document};
use value::{Flag, Give, Text, Written};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, EventTarget, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// An element that is being built, or is in the page already. A clone is the same element.
#[derive(Clone, Debug)]
pub struct El(HtmlElement);

/// A new HTML element.
#[must_use]
#[inline(never)]
pub fn el(tag: &'static str) -> El {
    El(Dom::create_element(tag, None).unchecked_into())
}

/// A new element of one or more classes: `div("wf-run")`.
#[must_use]
#[inline(never)]
pub fn div(class: &str) -> El {
    el("div").class(class)
}

/// A new `span`.
#[must_use]
#[inline(never)]
pub fn span(class: &str) -> El {
    el("span").class(class)
}

/// A new button that submits nothing.
#[must_use]
#[inline(never)]
pub fn button(class: &str) -> El {
    el("button").attr("type", "button").class(class)
}

impl El {
    /// Takes over an element that exists already.
    #[must_use]
    pub fn of(element: Element) -> Self {
        Self(element.unchecked_into())
    }

    /// The element itself.
    #[must_use]
    pub fn node(&self) -> &HtmlElement {
        &self.0
    }

    /// Sets the classes.
    #[must_use]
    #[inline(never)]
    pub fn class(self, class: &str) -> Self {
        self.attr("class", class)
    }

    /// Sets an attribute, now or whenever a closure gives something else; `None` takes it away. Booleans are written as `true`
    /// and `false`, as ARIA wants them.
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl Value) -> Self {
        self.write(value.written(), name, attribute);
        self
    }

    /// Sets an attribute that is there or not, like `hidden` and `disabled`.
    #[must_use]
    pub fn flag(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.write(Written::Live(Box::new(Flag(on))), name, attribute);
        self
    }

    /// Sets a property, which unlike its attribute also holds for what a person has typed into.
    #[must_use]
    pub fn prop(self, name: &'static str, value: impl Value) -> Self {
        self.write(value.written(), name, property);
        self
    }

    /// Ticks a box, or selects an option.
    #[must_use]
    pub fn on_off(self, name: &'static str, on: bool) -> Self {
        set(&self.0, name, &JsValue::from_bool(on));
        self
    }

    /// Adds a text at the end.
    #[must_use]
    pub fn text(self, text: impl Value) -> Self {
        self.add_text(text.written());
        self
    }

    #[inline(never)]
    fn add_text(&self, text: Written) {
        match text {
            Written::Fixed(text) => {
                append(&self.0, &document().create_text_node(&text.unwrap_or_default()));
            }
            Written::Live(text) => {
                let node = document().create_text_node("");
                append(&self.0, &node);
                live(text, move |text| node.set_node_value(text));
            }
        }
    }

    /// Adds a child, or several, or what becomes children later, at the end.
    #[must_use]
    pub fn child(self, child: impl Child) -> Self {
        child.add_to(&self.0);
        self
    }

    /// Listens to an event for as long as the owner lives.
    #[must_use]
    pub fn on(self, event: &'static str, f: impl FnMut(Event) + 'static) -> Self {
        listen(&self.0, event, Box::new(f));
        self
    }

    #[inline(never)]
    fn write(&self, value: Written, name: &'static str, write: fn(&HtmlElement, &str, Option<&str>)) {
        match value {
            Written::Fixed(text) => write(&self.0, name, text.as_deref()),
            Written::Live(text) => {
                let element = self.0.clone();
                live(text, move |text| write(&element, name, text));
            }
        }
    }
}

/// Writes a text now, and whenever it has become another one.
fn live(text: Box<dyn Give>, write: impl Fn(Option<&str>) + 'static) {
    let mut before: Option<Option<String>> = None;
    reactive::boxed(Box::new(move || {
        let mut now = Text::default();
        text.give(&mut now);
        if before.as_ref() != Some(&now.0) {
            write(now.0.as_deref());
            before = Some(now.0);
        }
    }));
}

#[inline(never)]
fn listen(target: &EventTarget, event: &'static str, f: Box<dyn Handle>) {
    keep(Listener::boxed(target, event, true, f));
}

fn attribute(element: &HtmlElement, name: &str, value: Option<&str>) {
    crate::dom::attribute(element, name, value);
}

fn property(element: &HtmlElement, name: &str, value: Option<&str>) {
    let value = JsValue::from_str(value.unwrap_or_default());
    let now = js_sys::Reflect::get(element, &JsValue::from_str(name));
    // Writing the same text again would move the cursor.
    if now.as_ref() != Ok(&value) {
        set(element, name, &value);
    }
}

fn set(element: &HtmlElement, name: &str, value: &JsValue) {
    // Plain properties of elements can be written.
    let _ = js_sys::Reflect::set(element, &JsValue::from_str(name), value);
}

#[inline(never)]
fn append(parent: &Element, child: &web_sys::Node) {
    // A new node has no children: it can stand below any element.
    let _ = parent.append_child(child);
}

/// Listens to an event of the whole window for as long as the owner lives.
pub fn on_window(event: &'static str, f: impl FnMut(Event) + 'static) {
    listen(&crate::dom::window(), event, Box::new(f));
}

/// What was typed into the field that an event came from.
#[must_use]
pub fn typed(event: &Event) -> String {
    let value = event
        .target()
        .and_then(|target| js_sys::Reflect::get(&target, &JsValue::from_str("value")).ok());
    value.and_then(|value| value.as_string()).unwrap_or_default()
}

/// Whether the box that an event came from is ticked.
#[must_use]
pub fn ticked(event: &Event) -> bool {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    input.is_some_and(|input| input.checked())
}

/// The place of the chosen option in the select that an event came from.
#[must_use]
pub fn picked(event: &Event) -> Option<usize> {
    let select = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlSelectElement>().ok())?;
    usize::try_from(select.selected_index()).ok()
}
