//! The last lines of the log of a deployment of a control plane.

use leptos::prelude::*;
use leptos::task::spawn_local;
use workflow_ui_core::MonitoredDeployment;

#[component]
pub(super) fn LogOf(
    watched: Memo<Option<MonitoredDeployment>>,
    #[prop(into)] label: String,
    project: String,
    id: String,
) -> impl IntoView {
    let text = RwSignal::new(None::<String>);
    let is_open = move || text.with(Option::is_some);
    let of_pane = label.clone();
    let toggle = move |_| {
        let Some(deployment) = watched.get_untracked().filter(|_| !is_open()) else {
            text.set(None);
            return;
        };
        text.set(Some(String::from("Reading…")));
        let (project, id) = (project.clone(), id.clone());
        spawn_local(async move {
            let shown = match deployment.read_log(&project, &id).await {
                Ok(lines) if lines.is_empty() => String::from("The log is empty."),
                Ok(lines) => {
                    let lines: Vec<String> = lines.into_iter().map(|line| line.text).collect();
                    lines.join("\n")
                }
                Err(error) => error.to_string(),
            };
            // It may have been closed meanwhile.
            if text.try_with_untracked(Option::is_some) == Some(true) {
                text.try_set(Some(shown));
            }
        });
    };
    view! {
        <button
            type="button"
            class="wf-link"
            aria-label=label
            aria-expanded=move || is_open().to_string()
            on:click=toggle
        >
            "Log"
        </button>
        <pre
            class="wf-other__more wf-other__log wf-mono"
            data-part="deployment-log"
            part="deployment-log"
            role="region"
            aria-label=of_pane
            tabindex="0"
            hidden=move || !is_open()
        >
            {text}
        </pre>
    }
}
