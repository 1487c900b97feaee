//! The command palette: everything that can be done or opened, found by typing.

use crate::shortcuts::{KEYS, Wish};
use std::rc::Rc;
use workflow_ui_components::dialog::dialog;
use workflow_ui_components::key_press;
use workflow_ui_components::reactive::untrack;
use workflow_ui_components::ui::{Call, El, Var, div, dynamic, el, frame, span, typed};

/// How many lines are shown; typing narrows them down.
const SHOWN: usize = 12;
const LIST: &str = "wf-palette-list";

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Chosen {
    #[default]
    Nothing,
    Wish(Wish),
    Workflow(String),
    Run(String),
}

/// What there is besides the shortcuts.
struct More(Rc<dyn Fn() -> Vec<(String, Chosen)>>);

/// A dialog with a field and the list of what fits it. `more` gives what there is besides the shortcuts, at each opening.
pub(crate) fn palette(
    open: Var<bool>,
    more: impl Fn() -> Vec<(String, Chosen)> + 'static,
    on_chosen: Call<Chosen>,
) -> El {
    let more = More(Rc::new(more));
    dialog(open, "Commands", move || commands(open, &more, on_chosen))
}

fn commands(open: Var<bool>, more: &More, on_chosen: Call<Chosen>) -> El {
    let mut all: Vec<(String, Chosen)> = KEYS
        .iter()
        .filter(|(_, _, wish)| *wish != Wish::Palette)
        .map(|(_, words, wish)| (String::from(*words), Chosen::Wish(*wish)))
        .collect();
    all.extend(untrack(|| more.0()));
    let text = Var::new(String::new());
    let active = Var::new(0_usize);
    let fitting = move || {
        let wanted = text.get().to_ascii_lowercase();
        let fits = |words: &str| wanted.split(' ').all(|part| words.contains(part));
        all.iter()
            .filter(|(words, _)| fits(&words.to_ascii_lowercase()))
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
    };
    let fitting = Rc::new(fitting);
    let choose = move |chosen: Chosen| {
        open.set(false);
        // The dialog gives the focus back first.
        frame(move || on_chosen.run(chosen));
    };
    let known = Rc::clone(&fitting);
    let on_key = move |event: web_sys::Event| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let last = known().len().saturating_sub(1);
        let at = active.peek().min(last);
        match event.key().as_str() {
            "ArrowDown" => active.set((at + 1).min(last)),
            "ArrowUp" => active.set(at.saturating_sub(1)),
            "Enter" => {
                if let Some((_, chosen)) = known().into_iter().nth(at) {
                    choose(chosen);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let field = el("input")
        .class("wf-input")
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("aria-label", "Command")
        .attr("aria-expanded", true)
        .attr("aria-controls", LIST)
        .attr("aria-activedescendant", move || {
            [LIST, "-", &active.get().to_string()].concat()
        })
        .attr("autocomplete", "off")
        .attr("spellcheck", false)
        .on("input", move |event| {
            active.set(0);
            text.set(typed(&event));
        })
        .on("keydown", on_key);
    let lines = dynamic(move || {
        let lines = fitting().into_iter().enumerate();
        lines
            .map(|(at, (words, chosen))| {
                el("li")
                    .class("wf-palette__line")
                    .attr("role", "option")
                    .attr("id", [LIST, "-", &at.to_string()].concat())
                    .attr("aria-selected", move || active.get() == at)
                    .child(span("wf-cut").text(words))
                    .on("click", move |_| choose(chosen.clone()))
            })
            .collect::<Vec<El>>()
    });
    let list = el("ul")
        .class("wf-palette")
        .attr("id", LIST)
        .attr("role", "listbox")
        .attr("aria-label", "Commands")
        .child(lines);
    // Where it came late, the dialog found nothing to give the focus to.
    let node = field.node().clone();
    frame(move || {
        let _ = node.focus();
    });
    div("wf-part").child(field).child(list)
}
