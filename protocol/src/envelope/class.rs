//! Event classes and their kinds.

/// An event's class with its names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventClass {
    /// The bare name.
    pub name: String,
    /// The ancestors between the class and `Event`; the wire says null where there are none.
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

    /// Whether this is the class of that name, or derived from it.
    pub fn is(&self, class: &str) -> bool {
        self.name == class || self.types.iter().flatten().any(|name| name == class)
    }

    /// What events of the class mean to us.
    pub fn kind(&self) -> EventKind {
        EventKind::of(|class| self.is(class))
    }
}

/// What an event means to us, by its class or the ancestors of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// An event of the workflow's own, without a meaning to us.
    Plain,
    /// A `StartEvent`; in streams only where a step publishes it again.
    Start,
    /// The run ended with a result: `StopEvent` and what is derived from it, but for the three below.
    Stop,
    /// The run ended with an error: `WorkflowFailedEvent`.
    Failed,
    /// The run ran out of time: `WorkflowTimedOutEvent`.
    TimedOut,
    /// The run was cancelled: `WorkflowCancelledEvent`.
    Cancelled,
    /// The run asks a person: `InputRequiredEvent`.
    InputRequired,
    /// A person's answer: `HumanResponseEvent`. The server does not echo those.
    HumanResponse,
    /// A step began or ended: `StepStateChanged` (internal).
    StepState,
    /// All steps wait for something from outside: `WorkflowIdleEvent` (internal).
    Idle,
    /// A sent event that no step wanted: `UnhandledEvent` (internal).
    Unhandled,
    /// Any other `InternalDispatchEvent`.
    Internal,
    /// A frame that is no event; see its error.
    Undecodable,
    /// An event beyond the decoder's bound, which was skipped.
    Oversized,
}

impl EventKind {
    /// The kind of the class for which `is` answers. An ending counts before anything else that a class derives from.
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

    /// Whether streams leave the event out unless asked for internal ones.
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
