//! The open run and the list of runs.

use std::time::Duration;

use serde_json::json;

use super::{Page, SOON};
use crate::{ReplayView, RunRowView, RunView, until};

impl Page<'_> {
    /// The region of the open run, if there is one.
    pub async fn run(&self) -> Option<RunView> {
        let script = "const it = part('run'); return it && {
            handler: it.dataset.handlerId ?? '', run: it.dataset.runId ?? '', status: it.dataset.status ?? '',
            connection: it.dataset.connection ?? '', count: Number(it.dataset.count ?? 0) }";
        self.ask(script, json!([])).await
    }

    /// Waits until the open run satisfies `wanted`.
    pub async fn until_run(&self, what: &str, limit: Duration, wanted: impl Fn(&RunView) -> bool) -> RunView {
        until(&format!("the run to be {what}"), limit, async || {
            match self.run().await {
                Some(run) if wanted(&run) => Ok(run),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// Waits until the open run has this status.
    pub async fn until_status(&self, status: &str, limit: Duration) -> RunView {
        self.until_run(status, limit, |run| run.status == status).await
    }

    /// Waits until another run than this is open, or none.
    pub async fn until_run_is_not(&self, handler: &str) {
        until("another run or none", SOON, async || match self.run().await {
            Some(run) if run.handler == handler => Err(format!("{run:?}")),
            _ => Ok(()),
        })
        .await;
    }

    /// The text of the result, when there is one.
    pub async fn result(&self) -> String {
        self.until(
            "the result",
            SOON,
            "return part('result')?.textContent",
            json!([]),
        )
        .await
    }

    /// The text of the failure, when there is one.
    pub async fn failure(&self) -> String {
        self.until(
            "the failure",
            SOON,
            "return part('failure')?.textContent",
            json!([]),
        )
        .await
    }

    /// All visible text of the page.
    pub async fn text(&self) -> String {
        self.ask("return document.body.innerText", json!([])).await
    }

    /// Waits until the page contains this text.
    pub async fn until_text(&self, wanted: &str) {
        let script = "const text = squeeze(document.body.innerText); return text.includes(args[0]) || text";
        self.until::<bool>(&format!("the words {wanted:?}"), SOON, script, json!([wanted]))
            .await;
    }

    /// Presses a button by its name; while a dialog is open, one in the dialog.
    pub async fn press(&self, name: &str) {
        let find = "const it = byRole('button', args[0], document.querySelector('dialog[open]') ?? document);
            return it?.disabled ? null : it";
        self.click(&format!("the button {name}"), find, json!([name]))
            .await;
    }

    /// Presses a button that asks for confirmation in a dialog, and the button of the same name there.
    pub async fn press_and_confirm(&self, name: &str) {
        self.press(name).await;
        self.find(
            "the dialog",
            "return document.querySelector('dialog[open]')",
            json!([]),
        )
        .await;
        self.press(name).await;
    }

    /// Shows a view: `Events`, `Timeline`, `Graph`, `Result`, `Wire`.
    pub async fn view(&self, name: &str) {
        self.click(
            &format!("the tab {name}"),
            "return byRole('tab', args[0])",
            json!([name]),
        )
        .await;
    }

    /// The rows of the run list.
    pub async fn run_rows(&self) -> Vec<RunRowView> {
        let script = "return parts('run-row').filter(shown).map((it) => ({
            handler: it.dataset.handlerId ?? '', status: it.dataset.status ?? '', text: words(it) }))";
        self.ask(script, json!([])).await
    }

    /// Waits until the list shows this run with this status.
    pub async fn until_listed(&self, handler: &str, status: &str) -> RunRowView {
        until(
            &format!("{handler} to be listed as {status}"),
            Duration::from_secs(15),
            async || {
                let rows = self.run_rows().await;
                let row = rows.iter().find(|it| it.handler == handler);
                match row {
                    Some(row) if row.status == status => Ok(row.clone()),
                    _ => Err(format!("{row:?} among {} rows", rows.len())),
                }
            },
        )
        .await
    }

    /// Waits until the list no longer contains this run.
    pub async fn until_not_listed(&self, handler: &str) {
        until(&format!("{handler} to leave the list"), SOON, async || {
            let row = self.run_rows().await.into_iter().find(|it| it.handler == handler);
            row.map_or(Ok(()), |row| Err(format!("{row:?}")))
        })
        .await;
    }

    /// Opens a run from the list.
    pub async fn open_run(&self, handler: &str) {
        let row = "return parts('run-row').filter(shown).find((it) => it.dataset.handlerId === args[0])";
        self.click(&format!("the row of run {handler}"), row, json!([handler]))
            .await;
        self.until_run("the chosen one", SOON, |run| run.handler == handler)
            .await;
    }

    /// The replay, while it is open.
    pub async fn replay(&self) -> Option<ReplayView> {
        let script = "const it = part('replay'); return it && {
            at: Number(it.dataset.at), playing: 'playing' in it.dataset, text: words(part('replay-moment')),
            valuetext: part('replay-slider').getAttribute('aria-valuetext') }";
        self.ask(script, json!([])).await
    }

    /// Waits until the replay satisfies `wanted`.
    pub async fn until_replay(&self, what: &str, wanted: impl Fn(&ReplayView) -> bool) -> ReplayView {
        until(&format!("the replay to show {what}"), SOON, async || {
            match self.replay().await {
                Some(replay) if wanted(&replay) => Ok(replay),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// Presses keys in the replay's slider.
    pub async fn replay_keys(&self, keys: impl AsRef<str>) {
        let slider = "return part('replay-slider')";
        let slider = self.find("the slider of the replay", slider, json!([])).await;
        slider.send_keys(keys.as_ref()).await.expect("keys");
    }
}
