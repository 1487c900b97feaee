//! Rules: which events are messages.

/// The author of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// The user.
    User,
    /// The workflow.
    #[default]
    Assistant,
    /// A tool of the workflow: its call and its result.
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

/// The effect of an event on a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Adds {
    /// A message. It replaces the previous pieces if it has the same text.
    Message,
    /// A piece of a growing message.
    Piece,
}

/// How events of one class, or of a derived class, appear in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRule {
    /// The bare name of the class.
    pub class: String,
    /// The effect of its events.
    pub adds: Adds,
    /// The author, if the event does not name one.
    pub role: Role,
    /// The field with the text: a string, or a chat message with `blocks` or `content`. Empty: the first of the usual ones.
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
/// The default supports the agents of LlamaIndex (`AgentStream`, `AgentOutput`, `ToolCall`, `ToolCallResult`), and the usual names of
/// streamed tokens (`Token`, `TokenEvent`, `StreamEvent`, `ChatDeltaEvent`) and of messages (`MessageEvent`, `ChatMessageEvent`), and shows
/// the result. Prompts are always messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRules {
    /// The rules; the first with a matching class applies.
    pub events: Vec<ChatRule>,
    /// Whether the run's result is shown, unless it repeats a message.
    pub result: bool,
    /// The field of the result with the text. Empty: the first of the usual ones.
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

    /// Only these rules.
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
