//! The sections, in the order in which they are shown.

mod agents;
mod chats;
mod comparing;
mod events;
mod monitors;
mod parts;
mod prompts;
mod records;
mod replays;
mod results;
mod runs;
mod starting;
mod steps;
mod values;

use leptos::prelude::*;

/// One component's states.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) content: fn() -> AnyView,
}

/// A section whose content is a component.
macro_rules! section {
    ($name:literal, $title:literal, $component:path) => {
        Section {
            name: $name,
            title: $title,
            content: || $component().into_any(),
        }
    };
}

impl Section {
    pub(crate) const ALL: &[Self] = &[
        section!("controls", "Controls", parts::Controls),
        section!("form", "Form", values::Forms),
        section!("json", "JSON", values::Json),
        section!("status", "Status", parts::Statuses),
        section!("trigger", "Trigger", starting::Triggers),
        section!("start", "Start", starting::StartPanes),
        section!("progress", "Progress", parts::Progress),
        section!("prompt", "Prompt", prompts::PromptStates),
        section!("inbox", "Inbox", prompts::Inboxes),
        section!("chat", "Chat", chats::Chats),
        section!("events", "Events", events::EventLists),
        section!("event", "Event", events::EventDetails),
        section!("result", "Result", results::Results),
        section!("runs", "Runs", runs::RunLists),
        section!("timeline", "Timeline", steps::Timelines),
        section!("graph", "Graph", steps::Graphs),
        section!("log", "Log", steps::Logs),
        section!("agents", "Agents", agents::AgentRuns),
        section!("replay", "Replay", replays::Replays),
        section!("run", "Run", runs::RunViews),
        section!("card", "Run card", runs::RunCards),
        section!("save", "Save", comparing::SaveMenus),
        section!("compare", "Compare", comparing::Comparisons),
        section!("items", "Records", records::ItemGrids),
        section!("counts", "Counts of records", records::Counts),
        section!("review", "Review of a record", records::Reviews),
        section!("monitor", "Monitor", monitors::Monitors),
    ];
}
