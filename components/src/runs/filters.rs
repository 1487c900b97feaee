//! The filters above the runs.

use super::ListState;
use crate::name_select::NameSelect;
use crate::status::status_word;
use leptos::prelude::*;
use workflow_protocol::HandlerState;

/// The status words that runs can be filtered by.
const STATUSES: [&str; 6] = [
    "running",
    "waiting",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
];

/// A filter of runs. An empty field matches every run.
#[derive(Clone, Debug, Default)]
pub(super) struct RunFilter {
    pub(super) text: String,
    pub(super) status: String,
    pub(super) workflow: String,
}

impl RunFilter {
    pub(super) fn matches(&self, state: &HandlerState) -> bool {
        let handler = &state.handler;
        let is = |wanted: &str, value: &str| wanted.is_empty() || wanted == value;
        is(&self.status, state.status.as_str())
            && is(&self.workflow, &handler.workflow_name)
            && (self.text.is_empty()
                || [
                    Some(&handler.handler_id),
                    Some(&handler.workflow_name),
                    handler.run_id.as_ref(),
                    handler.error.as_ref(),
                ]
                .into_iter()
                .flatten()
                .any(|text| contains(text, &self.text)))
    }
}

/// Whether a text contains another one, ignoring the case of ASCII letters.
fn contains(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    needle.is_empty()
        || text
            .windows(needle.len())
            .any(|part| part.eq_ignore_ascii_case(needle))
}

/// Fields that filter the runs by text, status and workflow.
#[component]
pub(super) fn Filters(state: ListState) -> impl IntoView {
    let ListState { runs, filter, .. } = state;
    let workflows = Memo::new(move |_| {
        runs.with(|runs| {
            let mut names: Vec<String> = Vec::new();
            for run in runs {
                let name = &run.handler.workflow_name;
                if let Err(at) = names.binary_search(name) {
                    names.insert(at, name.clone());
                }
            }
            names
        })
    });
    view! {
        <div class="wf-runs__filters">
            <input
                class="wf-input"
                type="search"
                aria-label="Filter runs by text"
                placeholder="Filter"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| filter.update(|filter| filter.text = event_target_value(&event))
            />
            <NameSelect
                label="Filter runs by status"
                any="Any status"
                names=Signal::stored(STATUSES.map(str::to_owned).to_vec())
                text=status_word
                chosen=move || filter.with(|filter| filter.status.clone())
                on_choose=move |status| filter.update(|filter| filter.status = status)
            />
            <NameSelect
                label="Filter runs by workflow"
                any="Any workflow"
                names=workflows
                chosen=move || filter.with(|filter| filter.workflow.clone())
                on_choose=move |workflow| filter.update(|filter| filter.workflow = workflow)
            />
        </div>
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::RunFilter;
    use workflow_protocol::{Handler, HandlerState, RunStatus};

    pub(in crate::runs) fn run(id: &str, workflow: &str, status: RunStatus) -> HandlerState {
        let json = format!(
            r#"{{"handler_id":"{id}","workflow_name":"{workflow}","status":"running","error":"Disk full"}}"#
        );
        HandlerState {
            handler: Handler::parse(&json).unwrap(),
            status,
        }
    }

    #[test]
    fn every_filter_must_match() {
        let it = run("3v86PAPfjq", "hitl", RunStatus::Waiting);
        let filter = |text: &str, status: &str, workflow: &str| RunFilter {
            text: text.into(),
            status: status.into(),
            workflow: workflow.into(),
        };
        for (found, want) in [
            (filter("", "", ""), true),
            (filter("86pa", "", ""), true),
            (filter("disk", "waiting", "hitl"), true),
            (filter("HIT", "", ""), true),
            (filter("", "running", ""), false),
            (filter("", "", "hit"), false),
            (filter("zzz", "waiting", "hitl"), false),
        ] {
            assert_eq!(found.matches(&it), want, "{found:?}");
        }
    }
}
