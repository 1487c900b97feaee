//! Rules: which events are messages.

/// Who says something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The person at the page.
    User,
    /// The workflow.
    #[default]
    Assistant,
    /// Something that the workflow uses: what it was asked for, what it gave.
    Tool,
}

impl Role {
    /// The role as one lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// What an event adds to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Adds {
    /// A message. It replaces the pieces before it when it says what they say.
    Message,
    /// A piece of a message that grows.
    Piece,
}

/// What events of one class, or of a class derived from it, are in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRule {
    /// The bare name of the class.
    pub class: String,
    /// What its events add.
    pub adds: Adds,
    /// Who says it, where the event itself doesn't tell.
    pub role: Role,
    /// The field that holds the words: a text, or a chat message with `blocks` or `content`. Empty: the first of the usual ones.
    pub field: String,
}

impl ChatRule {
    /// Events of this class are messages.
    #[must_use]
    pub fn message(class: &str, role: Role, field: &str) -> Self {
        Self {
            class: class.to_owned(),
            adds: Adds::Message,
            role,
            field: field.to_owned(),
        }
    }

    /// Events of this class are pieces of the workflow's message.
    #[must_use]
    pub fn piece(class: &str, field: &str) -> Self {
        Self {
            class: class.to_owned(),
            adds: Adds::Piece,
            role: Role::Assistant,
            field: field.to_owned(),
        }
    }
}

/// Which events of a run are messages.
///
/// The default knows the agents of LlamaIndex (`AgentStream`, `AgentOutput`, `ToolCall`, `ToolCallResult`), the usual names of
/// streamed tokens (`Token`, `TokenEvent`, `StreamEvent`, `ChatDeltaEvent`) and of messages (`MessageEvent`, `ChatMessageEvent`),
/// and tells the result. Questions are always messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRules {
    /// The rules; the first whose class fits counts.
    pub events: Vec<ChatRule>,
    /// Whether the run's result is told, unless it was said already.
    pub result: bool,
    /// The field of the result that holds the words. Empty: the first of the usual ones.
    pub result_field: String,
}

impl ChatRules {
    /// These rules before the default ones.
    #[must_use]
    pub fn with(events: Vec<ChatRule>) -> Self {
        let mut rules = Self::default();
        rules.events.splice(0..0, events);
        rules
    }

    /// These rules alone.
    #[must_use]
    pub const fn only(events: Vec<ChatRule>) -> Self {
        Self {
            events,
            result: true,
            result_field: String::new(),
        }
    }
}

impl Default for ChatRules {
    fn default() -> Self {
        let pieces = [
            ("AgentStream", "delta"),
            ("ChatDeltaEvent", "delta"),
            ("StreamEvent", ""),
            ("Token", ""),
            ("TokenEvent", ""),
        ];
        let messages = [
            ("AgentOutput", Role::Assistant, "response"),
            ("ToolCallResult", Role::Tool, "tool_output"),
            ("ToolCall", Role::Tool, "tool_name"),
            ("ChatMessageEvent", Role::Assistant, ""),
            ("MessageEvent", Role::Assistant, ""),
        ];
        let pieces = pieces.iter().map(|(class, field)| ChatRule::piece(class, field));
        let messages = messages
            .iter()
            .map(|(class, role, field)| ChatRule::message(class, *role, field));
        Self::only(pieces.chain(messages).collect())
    }
}
