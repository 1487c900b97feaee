//! Scrolling, clicks and keys.

use super::inner::Inner;
use crate::dom::key_press;
use gloo_events::{EventListener, EventListenerOptions};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, MouseEvent, Node, WheelEvent};

type Handler = fn(&Rc<Inner>, &Event);

const HANDLERS: [(&str, Handler); 8] = [
    ("wheel", |this, event| this.on_wheel(event)),
    ("scroll", |this, _| this.on_scroll()),
    ("keydown", |this, event| this.on_key(event)),
    ("click", |this, event| this.on_click(event)),
    ("pointerdown", |this, _| this.pressed.set(true)),
    ("pointerup", |this, _| this.pressed.set(false)),
    ("pointerleave", |this, _| this.pressed.set(false)),
    ("pointercancel", |this, _| this.pressed.set(false)),
];

pub(super) fn listen(this: &Rc<Inner>) -> Vec<EventListener> {
    let listener = |(name, handle): (&'static str, Handler)| {
        let weak = Rc::downgrade(this);
        // Browsers take a listener for the wheel as one that does not prevent the default, unless it says otherwise.
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&this.scroller, name, options, move |event| {
            if let Some(this) = weak.upgrade() {
                handle(&this, event);
            }
        })
    };
    HANDLERS.into_iter().map(listener).collect()
}

impl Inner {
    fn on_scroll(self: &Rc<Self>) {
        let scroll = f64::from(self.scroller.scroll_top());
        if (scroll - self.written_scroll.get()).abs() < 1.0 {
            return;
        }
        self.written_scroll.set(scroll);
        let mut window = self.window.get();
        window.offset = window.offset_of(scroll);
        self.window.set(window);
        self.following.set(self.options.follow && window.at_end());
        self.schedule();
    }

    /// In a list taller than an element can be, a notch of the wheel would skip pages: here it moves by rows.
    fn on_wheel(self: &Rc<Self>, event: &Event) {
        let window = self.window.get();
        let Some(event) = event.dyn_ref::<WheelEvent>() else {
            return;
        };
        if !window.scaled() || event.ctrl_key() || event.delta_y() == 0.0 {
            return;
        }
        event.prevent_default();
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => window.row,
            WheelEvent::DOM_DELTA_PAGE => window.viewport,
            _ => 1.0,
        };
        self.go(event.delta_y() * unit + window.offset);
    }

    fn on_click(self: &Rc<Self>, event: &Event) {
        let Some(index) = self.index_of(event) else { return };
        self.active.set(Some(index));
        self.invalidate();
        self.schedule();
        if !self.source.click(event, index) {
            self.source.open(index);
        }
    }

    /// The row that was clicked. A row that arrives between press and release may take over the element, and then the browser reports
    /// the list as the target: the position decides.
    fn index_of(&self, event: &Event) -> Option<usize> {
        let target: Node = event.target()?.dyn_into().ok()?;
        let rows = self.rows.borrow();
        if let Some(row) = rows.iter().find(|row| row.root.contains(Some(&target))) {
            return row.drawn.map(|(index, _)| index);
        }
        let event = event.dyn_ref::<MouseEvent>()?;
        let top = self.scroller.get_bounding_client_rect().top();
        self.window.get().row_at(f64::from(event.client_y()) - top)
    }

    fn on_key(self: &Rc<Self>, event: &Event) {
        let Some(event) = key_press(event) else { return };
        if event.alt_key() || event.meta_key() || event.default_prevented() {
            return;
        }
        self.refresh_count();
        let Some(last) = self.window.get().count.checked_sub(1) else {
            return;
        };
        let active = self.active.get().map(|active| active.min(last));
        if let Some(to) = self.target_of_key(&event.key(), active, last) {
            event.prevent_default();
            self.active.set(Some(to));
            self.invalidate();
            self.source.activate(to);
            self.go(self.window.get().reveal(to));
        } else if let Some(active) = active {
            self.on_row_key(event, active);
        }
    }

    /// The row that a navigation key moves to.
    fn target_of_key(&self, key: &str, active: Option<usize>, last: usize) -> Option<usize> {
        let window = self.window.get();
        // Before the first move the keyboard starts in the visible part.
        let start = if window.at_end() {
            last
        } else {
            window.row_at(window.row / 2.0).unwrap_or(0)
        };
        let step = |by: isize| active.map_or(start, |active| active.saturating_add_signed(by).min(last));
        #[allow(clippy::cast_possible_wrap, reason = "rows of one viewport")]
        let page = window.page() as isize;
        Some(match key {
            "ArrowDown" => step(1),
            "ArrowUp" => step(-1),
            "PageDown" => step(page),
            "PageUp" => step(-page),
            "Home" => 0,
            "End" => last,
            _ => return None,
        })
    }

    fn on_row_key(&self, event: &KeyboardEvent, row: usize) {
        let key = event.key();
        if key == "Enter" {
            event.prevent_default();
            self.source.open(row);
        } else if !event.ctrl_key() && self.source.key(&key, row) {
            event.prevent_default();
            event.stop_propagation();
        }
    }
}
