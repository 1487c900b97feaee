//! Elements of rows and charts, which are written without a view.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A new element at the end of `parent`.
pub(crate) fn child(parent: &Element, tag: &str, class: &str) -> HtmlElement {
    let document = leptos::prelude::document();
    // Fails only for invalid tag names.
    let element: Element = document
        .create_element(tag)
        .unwrap_or_else(JsCast::unchecked_into);
    element.set_class_name(class);
    let _ = parent.append_child(&element);
    element.unchecked_into()
}

/// Sets an attribute, or removes it for `None`. A `data-part` sets `part` as well.
pub(crate) fn attribute(element: &Element, name: &str, value: Option<&str>) {
    let part = (name == "data-part").then_some("part");
    for name in [Some(name), part].into_iter().flatten() {
        // Fails only for invalid names.
        let _ = match value {
            Some(value) => element.set_attribute(name, value),
            None => element.remove_attribute(name),
        };
    }
}

/// Writes a text, unless it is there already.
pub(crate) fn write(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Writes lengths in pixels through the object model: the content security policy allows no style attributes.
pub(crate) fn style(element: &HtmlElement, lengths: &[(&str, i32)]) {
    let style = element.style();
    for (name, value) in lengths {
        let _ = style.set_property(name, &format!("{value}px"));
    }
}
