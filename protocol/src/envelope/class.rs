//! Event classes and their kinds.

/// An event's class with its names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventClass {
    /// The short name.
    pub name: String,
    /// The ancestors between the class and `Event`; null on the wire if there are none.
    pub types: Option<Vec<String>>,
    /// The name with its Python module.
    pub qualified_name: Option<String>,
}

impl EventClass {
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            types: None,
            qualified_name: None,
        }
    }

    /// Whether this is the class with that name, or derived from it.
    pub fn is(&self, class: &str) -> bool {
        self.name == class || self.types.iter().flatten().any(|name| name == class)
    }

    /// The kind of the class's events.
    pub fn kind(&self) -> EventKind {
        EventKind::of(|class| self.is(class))
    }
}

/// The kind of an event, from its class or the ancestors of the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// An event of the workflow, without a special meaning.
    Plain,
    /// A `StartEvent`; in streams only if a step publishes it again.
    Start,
    /// The run ended with a result: `StopEvent` and derived classes, except the next three.
    Stop,
    /// The run ended with an error: `WorkflowFailedEvent`.
    Failed,
    /// The run ran out of time: `WorkflowTimedOutEvent`.
    TimedOut,
    /// The run was cancelled: `WorkflowCancelledEvent`.
    Cancelled,
    /// The run asks a person: `InputRequiredEvent`.
    InputRequired,
    /// A person's answer: `HumanResponseEvent`. The server does not stream these.
    HumanResponse,
    /// A step began or ended: `StepStateChanged` (internal).
    StepState,
    /// All steps wait for an external event: `WorkflowIdleEvent` (internal).
    Idle,
    /// A sent event that no step accepted: `UnhandledEvent` (internal).
    Unhandled,
    /// Any other `InternalDispatchEvent`.
    Internal,
    /// A frame that is not an event; it has an error.
    Undecodable,
    /// An event above the decoder's size limit, which was skipped.
    Oversized,
}

impl EventKind {
    /// The kind of the class for which `is` returns true. An end has priority over other base classes.
    pub(super) fn of(is: impl Fn(&str) -> bool) -> Self {
        const KINDS: [(&str, EventKind); 11] = [
            ("WorkflowFailedEvent", EventKind::Failed),
            ("WorkflowTimedOutEvent", EventKind::TimedOut),
            ("WorkflowCancelledEvent", EventKind::Cancelled),
            ("StopEvent", EventKind::Stop),
            ("InputRequiredEvent", EventKind::InputRequired),
            ("HumanResponseEvent", EventKind::HumanResponse),
            ("StepStateChanged", EventKind::StepState),
            ("WorkflowIdleEvent", EventKind::Idle),
            ("UnhandledEvent", EventKind::Unhandled),
            ("InternalDispatchEvent", EventKind::Internal),
            ("StartEvent", EventKind::Start),
        ];
        KINDS
            .iter()
            .find(|(class, _)| is(class))
            .map_or(Self::Plain, |(_, kind)| *kind)
    }

    /// Whether streams only include the event if internal ones were requested.
    pub const fn is_internal(self) -> bool {
        matches!(
            self,
            Self::StepState | Self::Idle | Self::Unhandled | Self::Internal
        )
    }

    /// Whether the event ends its run.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Stop | Self::Failed | Self::TimedOut | Self::Cancelled)
    }

    /// The kind as one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::InputRequired => "input_required",
            Self::HumanResponse => "human_response",
            Self::StepState => "step_state",
            Self::Idle => "idle",
            Self::Unhandled => "unhandled",
            Self::Internal => "internal",
            Self::Undecodable => "undecodable",
            Self::Oversized => "oversized",
        }
    }
}
