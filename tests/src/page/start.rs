//! The form that starts a run.

use serde_json::json;

use super::{Page, SOON};
use crate::until;

impl Page<'_> {
    /// The workflows of the picker.
    pub async fn workflows(&self) -> Vec<String> {
        self.ask("return [...part('workflow').options].filter((it) => it.value && !it.disabled).map((it) => it.value)", json!([]))
            .await
    }

    /// Chooses a workflow when it is listed, and waits for its form.
    pub async fn choose_workflow(&self, name: &str) {
        let select = self
            .find(
                &format!("the workflow {name}"),
                "return [...part('workflow')?.options ?? []].some((it) => it.value === args[0]) ? part('workflow') : null",
                json!([name]),
            )
            .await;
        self.choose(&select, name).await.expect("a choice");
        self.find("the start form", "return part('start-form')", json!([]))
            .await;
        self.unfold_form().await;
    }

    /// Unfolds the form, which is folded while a run is open.
    async fn unfold_form(&self) {
        let folded = "const form = part('start-form');
            if (!form || shown(form)) return null;
            return [...document.querySelectorAll('button[aria-expanded=false][aria-controls]')]
                .find((it) => document.getElementById(it.getAttribute('aria-controls'))?.contains(form)) ?? null";
        let is_folded = format!("return Boolean((() => {{ {folded} }})())");
        if self.ask::<bool>(&is_folded, json!([])).await {
            self.click("the button that unfolds the form", folded, json!([]))
                .await;
        }
    }

    /// Fills in a field of the start form by typing or clicking.
    pub async fn fill(&self, field: &str, value: &str) {
        self.fill_in("start-form", field, value).await;
    }

    /// The value of a field of the start form: its text, or `true` and `false` of a checkbox.
    pub async fn field(&self, field: &str) -> String {
        let script = "const it = field(part('start-form'), args[0]);
            return it ? (it.type === 'checkbox' ? String(it.checked) : it.value) : null";
        self.until(&format!("the field {field}"), SOON, script, json!([field]))
            .await
    }

    /// The names of the start form's fields.
    pub async fn fields(&self) -> Vec<String> {
        self.ask(
            "return fields(part('start-form')).map((it) => it.name)",
            json!([]),
        )
        .await
    }

    /// Replaces the fields by one text of JSON, and types it.
    pub async fn fill_json(&self, json: &str) {
        let find = "return byRole('textbox', 'Start event JSON', part('start-form'))";
        if self
            .ask::<bool>(&format!("return !(() => {{ {find} }})()"), json!([]))
            .await
        {
            let toggle = "return ['switch', 'button'].map((role) => byRole(role, 'JSON', part('start-form')))
                .find((it) => it)";
            self.click("the toggle JSON", toggle, json!([])).await;
        }
        let area = self.find("the field Start event JSON", find, json!([])).await;
        self.type_into(&area, json).await.expect("keys");
    }

    /// The text of the JSON field.
    pub async fn start_json(&self) -> String {
        self.ask(
            "return byRole('textbox', 'Start event JSON', part('start-form'))?.value",
            json!([]),
        )
        .await
    }

    /// Waits until the start form, or an alert, contains this text.
    pub async fn until_form_says(&self, wanted: &str) {
        let script = "const texts = [part('start-form'), ...document.querySelectorAll('[role=alert]')].filter((it) => it);
            const text = texts.map((it) => squeeze(it.textContent)).join(' | ');
            return text.includes(args[0]) || text";
        self.until::<bool>(
            &format!("the form to say {wanted:?}"),
            SOON,
            script,
            json!([wanted]),
        )
        .await;
    }

    /// Waits for an alert in the form, or anywhere.
    pub async fn until_form_shows_an_error(&self) {
        let script = "const texts = [...document.querySelectorAll('[role=alert]')].filter(shown).map(words);
            return texts.some((it) => it.length > 0) || texts.join(' | ')";
        self.until::<bool>("an alert", SOON, script, json!([])).await;
    }

    /// Presses Run.
    pub async fn press_run(&self) {
        self.click(
            "the button Run",
            "const it = part('run-button'); return it?.disabled ? null : it",
            json!([]),
        )
        .await;
    }

    /// Chooses, fills in, presses Run, and returns the handler id of the run that opened.
    pub async fn start(&self, workflow: &str, values: &[(&str, &str)]) -> String {
        self.choose_workflow(workflow).await;
        for (field, value) in values {
            self.fill(field, value).await;
        }
        let before = self.run().await.map(|run| run.handler).unwrap_or_default();
        self.press_run().await;
        until("the new run to open", SOON, async || match self.run().await {
            Some(run) if !run.handler.is_empty() && run.handler != before => Ok(run.handler),
            other => Err(format!("{other:?}")),
        })
        .await
    }
}
