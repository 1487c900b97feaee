//! The windowed grid: when it draws.

use futures::channel::oneshot;
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use workflow_ui_components::grid::{Grid, GridRef, RowSource};

struct Names(RwSignal<Vec<&'static str>>);

impl RowSource for Names {
    fn count(&self) -> usize {
        self.0.with_untracked(Vec::len)
    }

    fn build(&self, _: &HtmlElement) -> Vec<Element> {
        Vec::new()
    }

    fn draw(&self, row: &HtmlElement, _: &[Element], index: usize) {
        let name = self.0.with_untracked(|names| names.get(index).copied());
        row.set_text_content(name);
    }

    fn selected(&self, _: usize) -> bool {
        false
    }

    fn open(&self, _: usize) {}
}

fn rows(place: &Element) -> u32 {
    let rows = place.query_selector_all("[data-part='name']");
    rows.expect("a selector").length()
}

// Symptom: an event was visible one frame after it was there.
// Cause: the grid waited for the frame after the one in which the signals changed.
#[wasm_bindgen_test]
async fn rows_are_drawn_in_the_frame_of_the_change() {
    let place: HtmlElement = document()
        .create_element("div")
        .expect("an element")
        .unchecked_into();
    let body = document().body().expect("a body");
    body.append_child(&place).expect("a place");
    let (names_sender, names) = oneshot::channel();
    let mounted = mount_to(place.clone(), move || {
        let names = RwSignal::new(vec!["Ada"]);
        let grid = GridRef::new();
        Effect::new(move |_| {
            names.track();
            grid.grown();
        });
        let _ = names_sender.send(names);
        view! { <Grid grid_ref=grid source=Rc::new(Names(names)) label="Names" row_part="name" /> }
    });
    let names = names.await.expect("the signal");
    assert_eq!(rows(&place), 1, "the first row is drawn with the grid");

    let (in_next_frame, drawn) = oneshot::channel();
    let watched = place.clone();
    request_animation_frame(move || {
        names.set(vec!["Ada", "Grace"]);
        // Runs before everything that is requested after this.
        request_animation_frame(move || {
            let _ = in_next_frame.send(rows(&watched));
        });
    });
    assert_eq!(drawn.await, Ok(2), "drawn before the next frame");

    drop(mounted);
    place.remove();
}
