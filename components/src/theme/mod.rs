//! Styles: tokens, base rules, and the stylesheets of components.
//!
//! Stylesheets are constructed and adopted. There are no `<style>` elements and no `style=` attributes, so components work under a content
//! security policy of `style-src 'self'`, and in shadow roots.

use crate::dom::document;
use leptos::prelude::{provide_context, queue_microtask, use_context};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, ShadowRoot};

const TOKENS: &str = include_str!("tokens.css");
const STRUCTURE: &str = include_str!("structure.css");
const BASE: &str = include_str!("base.css");
// Lists and icons do not work without these. They are here because `provide_no_styles` keeps them.
pub(crate) const GRID_STYLE: &str = include_str!("../grid/grid.css");
pub(crate) const ICON_STYLE: &str = include_str!("../icon/icon.css");

thread_local! {
    // One constructed sheet per stylesheet text for the whole page: a document and its shadow roots may share it.
    static SHEETS: RefCell<Vec<(&'static str, CssStyleSheet)>> = const { RefCell::new(Vec::new()) };

    static DOCUMENT: Rc<Target> = Rc::new(Target::new(document().into()));
}

/// Where the components below mount their styles: the document unless a shadow root was provided, or nowhere.
#[derive(Clone, Debug)]
struct StyleRoot(Option<SendWrapper<Rc<Target>>>);

/// A document or a shadow root.
#[derive(Debug)]
struct Target {
    node: JsValue,
    /// What was found adopted in the current task. Components mount their styles again for each icon, and reading
    /// `adoptedStyleSheets` is slow. A page may replace the list at any time, so nothing is remembered for longer.
    adopted: RefCell<Vec<&'static str>>,
}

impl Target {
    const fn new(node: JsValue) -> Self {
        Self {
            node,
            adopted: RefCell::new(Vec::new()),
        }
    }

    fn document() -> Rc<Self> {
        DOCUMENT.with(Rc::clone)
    }

    fn adopt(self: &Rc<Self>, text: &'static str) {
        let is_adopted = |known: &&'static str| std::ptr::eq(*known, text);
        if self.adopted.borrow().iter().any(is_adopted) || self.adopt_sheet(text).is_none() {
            return;
        }
        let mut adopted = self.adopted.borrow_mut();
        if adopted.is_empty() {
            let this = Rc::clone(self);
            queue_microtask(move || this.adopted.borrow_mut().clear());
        }
        adopted.push(text);
    }

    fn adopt_sheet(&self, text: &'static str) -> Option<()> {
        let sheet = sheet(text)?;
        let key = JsValue::from_str("adoptedStyleSheets");
        let list = js_sys::Reflect::get(&self.node, &key).ok()?;
        let list = js_sys::Array::from(&list);
        if !list.includes(&sheet, 0) {
            list.push(&sheet);
            // A refused assignment leaves the components unstyled, which is better than a page that doesn't start.
            let _ = js_sys::Reflect::set(&self.node, &key, &list);
        }
        Some(())
    }
}

/// Makes all components below the current owner add their styles to `root` instead of the document.
///
/// For components in a shadow root, where the document's stylesheets do not apply.
pub fn provide_style_root(root: ShadowRoot) {
    provide_context(StyleRoot(Some(SendWrapper::new(Rc::new(Target::new(
        root.into(),
    ))))));
}

/// Removes the styles of all components below the current owner, so that you can write your own.
///
/// Elements, classes, roles and `data-part`s stay the same. Only what lists and icons need to work is still adopted (positions of rows,
/// sizes of icons, hidden elements), without colours. The charts of the timeline and the graph are drawn with CSS and are not usable
/// without it.
pub fn provide_no_styles() {
    provide_context(StyleRoot(None));
}

/// Adopts the base rules and `css` once per document or shadow root (see [`provide_style_root`]), and the tokens once for the document.
/// Shadow roots inherit the tokens, so overrides on an ancestor apply there too.
///
/// Every component calls this, so apps link no stylesheet. Calling it again does nothing. In a browser without constructable stylesheets
/// the styles are missing, but nothing else fails. Outside of browsers it does nothing.
pub fn mount_style(css: &'static str) {
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let document = Target::document();
    let target = match use_context::<StyleRoot>() {
        Some(StyleRoot(Some(root))) => root.take(),
        Some(StyleRoot(None)) => {
            document.adopt(STRUCTURE);
            if css == GRID_STYLE || css == ICON_STYLE {
                document.adopt(css);
            }
            return;
        }
        None => Rc::clone(&document),
    };
    document.adopt(TOKENS);
    for text in [STRUCTURE, BASE, css] {
        target.adopt(text);
    }
}

fn sheet(text: &'static str) -> Option<JsValue> {
    SHEETS.with_borrow_mut(|sheets| {
        if let Some((_, sheet)) = sheets.iter().find(|(known, _)| *known == text) {
            return Some(sheet.clone().unchecked_into());
        }
        let sheet = CssStyleSheet::new().ok()?;
        sheet.replace_sync(text).ok()?;
        sheets.push((text, sheet.clone()));
        Some(sheet.into())
    })
}
