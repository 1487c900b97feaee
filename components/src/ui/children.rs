//! What can stand inside an element: elements, and those that come and go.

use super::{El, append, memo, reactive};
use crate::dom::document;
use crate::reactive::{Owner, untrack};
use std::rc::Rc;
use web_sys::{Element, HtmlElement, Node};

/// What can be added to an element.
pub trait Child {
    #[doc(hidden)]
    fn add_to(self, parent: &HtmlElement);
}

impl Child for El {
    fn add_to(self, parent: &HtmlElement) {
        append(parent, &self.0);
    }
}

impl<C: Child> Child for Option<C> {
    fn add_to(self, parent: &HtmlElement) {
        if let Some(child) = self {
            child.add_to(parent);
        }
    }
}

impl<C: Child> Child for Vec<C> {
    fn add_to(self, parent: &HtmlElement) {
        for child in self {
            child.add_to(parent);
        }
    }
}

impl<C: Child, const N: usize> Child for [C; N] {
    fn add_to(self, parent: &HtmlElement) {
        for child in self {
            child.add_to(parent);
        }
    }
}

/// Children that are made anew whenever what they were made from has changed.
#[allow(missing_debug_implementations, reason = "holds a closure")]
pub struct Dynamic(Box<dyn Build>);

/// Makes children.
trait Build {
    fn build(&self) -> Vec<El>;
}

impl<I: Elements, F: Fn() -> I> Build for F {
    fn build(&self) -> Vec<El> {
        self().list()
    }
}

impl Dynamic {
    /// Makes them now, without following what they read.
    pub(crate) fn once(&self) -> Vec<El> {
        untrack(|| self.0.build())
    }
}

/// Children that are made anew whenever what the closure, which gives one or several or none, read has changed.
pub fn dynamic<I: Elements>(f: impl Fn() -> I + 'static) -> Dynamic {
    Dynamic(Box::new(f))
}

/// One element, several, or none.
#[doc(hidden)]
pub trait Elements {
    fn list(self) -> Vec<El>;
}

impl Elements for Vec<El> {
    fn list(self) -> Vec<El> {
        self
    }
}

impl Elements for El {
    fn list(self) -> Vec<El> {
        vec![self]
    }
}

impl Elements for Option<El> {
    fn list(self) -> Vec<El> {
        self.into_iter().collect()
    }
}

/// A child that is there while a condition holds. It is made anew when the condition changes, not when what the condition read does.
pub fn show(on: impl Fn() -> bool + Send + Sync + 'static, view: impl Fn() -> El + 'static) -> Dynamic {
    let on = memo(on);
    dynamic(move || on.get().then(|| untrack(&view)))
}

impl Child for Dynamic {
    #[inline(never)]
    fn add_to(self, parent: &HtmlElement) {
        let anchor = anchor(parent);
        let mut shown: Vec<El> = Vec::new();
        reactive::boxed(Box::new(move || {
            // Whoever builds can still see what has the focus.
            let new = self.0.build();
            for old in std::mem::replace(&mut shown, new) {
                old.0.remove();
            }
            for new in &shown {
                insert(&new.0, &anchor);
            }
        }));
    }
}

/// Children by key: each is made once for as long as its key is there.
#[allow(missing_debug_implementations, reason = "holds closures")]
pub struct Each {
    keys: Box<dyn Fn() -> Vec<String>>,
    view: Box<dyn Fn(&str) -> El>,
}

/// One child per key, in the order of the keys. Equal keys must not occur.
pub fn each(keys: impl Fn() -> Vec<String> + 'static, view: impl Fn(&str) -> El + 'static) -> Each {
    Each {
        keys: Box::new(keys),
        view: Box::new(view),
    }
}

struct Row {
    key: String,
    owner: Owner,
    element: El,
}

impl Child for Each {
    fn add_to(self, parent: &HtmlElement) {
        let anchor = anchor(parent);
        // Rows outlive the runs of the effect that makes them: they belong to whoever the list belongs to.
        let owner = Rc::new(Owner::current().unwrap_or_default());
        let mut rows: Vec<Row> = Vec::new();
        reactive::boxed(Box::new(move || {
            let keys = (self.keys)();
            rows.retain(|row| {
                let stays = keys.contains(&row.key);
                if !stays {
                    row.owner.cleanup();
                    row.element.0.remove();
                }
                stays
            });
            let mut next = rows.len();
            for (at, key) in keys.iter().enumerate() {
                match rows.iter().position(|row| row.key == *key) {
                    Some(from) if from == at => {}
                    Some(from) => {
                        let row = rows.remove(from);
                        rows.insert(at.min(rows.len()), row);
                        next = 0;
                    }
                    None => {
                        let owner = owner.child();
                        let element = owner.with(|| untrack(|| (self.view)(key)));
                        rows.insert(
                            at.min(rows.len()),
                            Row {
                                key: key.clone(),
                                owner,
                                element,
                            },
                        );
                        next = next.min(at);
                    }
                }
            }
            // What stood in its place before stays there, with its focus.
            for row in rows.iter().skip(next) {
                insert(&row.element.0, &anchor);
            }
        }));
    }
}

/// The place in the parent before which things come and go.
fn anchor(parent: &HtmlElement) -> Node {
    let anchor: Node = document().create_comment("").into();
    append(parent, &anchor);
    anchor
}

fn insert(element: &Element, anchor: &Node) {
    if let Some(parent) = anchor.parent_node() {
        // The anchor is a child of its parent.
        let _ = parent.insert_before(element, Some(anchor));
    }
}
