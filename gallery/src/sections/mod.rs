//! The sections, in the order in which they are shown.

mod chats;
mod events;
mod parts;
mod prompts;
mod results;
mod runs;
mod starting;
mod steps;
mod values;

use crate::Section;

/// All of them.
pub(crate) const ALL: &[Section] = &[
    Section {
        name: "controls",
        title: "Controls",
        specimens: parts::controls,
    },
    Section {
        name: "form",
        title: "Form",
        specimens: values::form,
    },
    Section {
        name: "json",
        title: "JSON",
        specimens: values::json,
    },
    Section {
        name: "status",
        title: "Status",
        specimens: parts::status,
    },
    Section {
        name: "trigger",
        title: "Trigger",
        specimens: starting::trigger,
    },
    Section {
        name: "start",
        title: "Start",
        specimens: starting::start,
    },
    Section {
        name: "progress",
        title: "Progress",
        specimens: parts::progress,
    },
    Section {
        name: "prompt",
        title: "Prompt",
        specimens: prompts::prompt,
    },
    Section {
        name: "inbox",
        title: "Inbox",
        specimens: prompts::inboxes,
    },
    Section {
        name: "chat",
        title: "Chat",
        specimens: chats::chat,
    },
    Section {
        name: "events",
        title: "Events",
        specimens: events::events,
    },
    Section {
        name: "event",
        title: "Event",
        specimens: events::event,
    },
    Section {
        name: "result",
        title: "Result",
        specimens: results::result,
    },
    Section {
        name: "runs",
        title: "Runs",
        specimens: runs::runs,
    },
    Section {
        name: "timeline",
        title: "Timeline",
        specimens: steps::timeline,
    },
    Section {
        name: "graph",
        title: "Graph",
        specimens: steps::graph,
    },
    Section {
        name: "run",
        title: "Run",
        specimens: runs::run,
    },
    Section {
        name: "card",
        title: "Run card",
        specimens: runs::card,
    },
];
