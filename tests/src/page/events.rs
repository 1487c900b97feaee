//! The events of the open run.

use serde_json::json;

use super::{Page, SOON};
use crate::{RowView, until};

impl Page<'_> {
    /// The rendered rows, top to bottom.
    pub async fn rows(&self) -> Vec<RowView> {
        self.ask("return rows()", json!([])).await
    }

    /// `data-count` and `aria-rowcount` of the grid.
    pub async fn grid_counts(&self) -> (u64, u64) {
        let script = "const it = part('events');
            return [Number(it.dataset.count), Number(it.getAttribute('aria-rowcount'))]";
        self.ask(script, json!([])).await
    }

    /// Waits until the grid has this many rows.
    pub async fn until_grid_count(&self, count: u64) {
        until(&format!("the grid to count {count}"), SOON, async || {
            match self.grid_counts().await {
                (seen, _) if seen == count => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await;
    }

    /// Toggles the switch of this name.
    pub async fn switch(&self, name: &str) {
        self.click(
            &format!("the switch {name}"),
            "return byRole('switch', args[0])",
            json!([name]),
        )
        .await;
    }

    /// Types into the field `Filter events`.
    pub async fn filter_events(&self, words: &str) {
        let input = self
            .find(
                "the field Filter events",
                "return byRole('textbox', 'Filter events')",
                json!([]),
            )
            .await;
        self.type_into(&input, words).await.expect("keys");
    }

    /// The sequence ids of all rows, read by scrolling from the first to the last. Includes duplicates.
    pub async fn all_sequences(&self) -> Vec<u64> {
        let script = "const indexes = new Map();
            const wrong = [];
            await scrollThrough((seen) => {
              seen.forEach((row, at) => {
                if (at > 0 && row.index <= seen[at - 1].index) wrong.push([seen[at - 1].index, row.index]);
                indexes.set(row.index, row.sequence);
              });
            });
            if (wrong.length) throw new Error(`rows out of order: ${JSON.stringify(wrong.slice(0, 5))}`);
            return [...indexes].sort((one, other) => one[0] - other[0]).map(([, sequence]) => sequence)";
        self.ask_slowly(script, json!([])).await
    }

    /// Scrolls to the first event.
    pub async fn scroll_to_top(&self) {
        self.ask_slowly::<()>("await scrollTo(0)", json!([])).await;
    }

    /// Waits until the row of this event is rendered and visible, without scrolling.
    pub async fn until_in_view(&self, sequence: u64) {
        let script = "const view = scroller().getBoundingClientRect();
            const seen = rows().filter((it) => it.bottom > view.top + 1 && it.top < view.bottom - 1);
            return seen.some((it) => it.sequence === args[0]) || JSON.stringify(seen.map((it) => it.sequence))";
        self.until::<bool>(
            &format!("event {sequence} to be in view"),
            SOON,
            script,
            json!([sequence]),
        )
        .await;
    }

    /// Scrolls to an event's row and opens it.
    pub async fn open_event(&self, sequence: u64) {
        let script = "let found = false;
            await scrollThrough((seen) => (found = seen.some((row) => row.sequence === args[0])));
            return found";
        let found: bool = self.ask_slowly(script, json!([sequence])).await;
        assert!(found, "no row of event {sequence} in the grid");
        let row = "return parts('event-row').find((it) => Number(it.dataset.seq) === args[0])";
        self.click(&format!("the row of event {sequence}"), row, json!([sequence]))
            .await;
        let open = "const it = part('event'); return it && Number(it.dataset.seq) === args[0] ? true : it?.dataset.seq";
        self.until::<bool>(
            &format!("event {sequence} to open"),
            SOON,
            open,
            json!([sequence]),
        )
        .await;
    }

    /// The text of the open event's region.
    pub async fn event_text(&self) -> String {
        self.until(
            "the open event",
            SOON,
            "return part('event')?.textContent",
            json!([]),
        )
        .await
    }
}
