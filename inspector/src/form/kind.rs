use workflow_protocol::RawJson;

/// The values of a field.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A string.
    Text {
        /// Better entered in a box with several lines.
        long: bool,
        /// Minimum number of characters (code points).
        min_length: Option<u64>,
        /// Maximum number of characters.
        max_length: Option<u64>,
        /// A regular expression in the browser's syntax, not anchored.
        pattern: Option<String>,
        /// JSON Schema's `format`: `date-time`, `uuid`, … Checked only by the server.
        format: Option<String>,
    },
    /// A whole number of any length; `1.0` and `1e3` are whole.
    Integer(Bounds),
    /// Any JSON number.
    Number(Bounds),
    /// True or false.
    Boolean,
    /// One of these values, as in the schema. A single one leaves no choice.
    Choice(Vec<RawJson>),
    /// An object with declared fields: [`Form::children`](super::Form::children).
    Object,
    /// An array; its items are the children.
    List {
        /// Minimum number of items; an untouched list has as many.
        min: u64,
        /// Maximum number of items.
        max: Option<u64>,
        /// A tuple: items cannot be added or removed.
        fixed: bool,
    },
    /// An object with free keys; its entries are the children.
    Map {
        /// Minimum number of entries.
        min: u64,
        /// Maximum number of entries.
        max: Option<u64>,
    },
    /// One of several schemas, by their labels; the chosen one is the only child.
    Union(Vec<String>),
    /// Raw JSON: any value is accepted, or the schema is not supported.
    Json,
}

impl FieldKind {
    /// `text`, `integer`, `number`, `boolean`, `choice`, `object`, `list`, `map`, `union` or `json`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Integer(_) => "integer",
            Self::Number(_) => "number",
            Self::Boolean => "boolean",
            Self::Choice(_) => "choice",
            Self::Object => "object",
            Self::List { .. } => "list",
            Self::Map { .. } => "map",
            Self::Union(_) => "union",
            Self::Json => "json",
        }
    }

    /// Whether the field contains fields.
    pub const fn is_container(&self) -> bool {
        matches!(
            self,
            Self::Object | Self::List { .. } | Self::Map { .. } | Self::Union(_)
        )
    }

    /// The kind for the user, as the label of a union's branch without a title.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Text { format, .. } => format.as_deref().map_or("Text", format_label),
            Self::Integer(_) => "Whole number",
            Self::Number(_) => "Number",
            Self::Boolean => "Yes or no",
            Self::Choice(_) => "Choice",
            Self::Object => "Object",
            Self::List { .. } => "List",
            Self::Map { .. } => "Keys and values",
            Self::Union(_) => "One of several",
            Self::Json => "JSON",
        }
    }

    /// The error for a value of another kind.
    pub(super) const fn mismatch(&self) -> &'static str {
        match self {
            Self::Text { .. } => "Expected text",
            Self::Integer(_) => "Expected a whole number",
            Self::Number(_) => "Expected a number",
            Self::Boolean => "Expected true or false",
            Self::Choice(_) => "Not one of the choices",
            Self::Object | Self::Map { .. } => "Expected an object",
            Self::List { .. } => "Expected a list",
            Self::Union(_) => "Fits none of the choices",
            Self::Json => "Expected JSON",
        }
    }
}

/// The label of a text with a `format`, so that a date differs from other text.
fn format_label(format: &str) -> &'static str {
    match format {
        "date-time" => "Date and time",
        "date" => "Date",
        "time" => "Time",
        "duration" => "Duration",
        "email" | "idn-email" | "name-email" => "Email address",
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" | "multi-host-uri" => "URL",
        "uuid" | "uuid1" | "uuid3" | "uuid4" | "uuid5" | "uuid6" | "uuid7" | "uuid8" => "UUID",
        "ipv4" => "IPv4 address",
        "ipv6" => "IPv6 address",
        "ipvanyaddress" => "IP address",
        "ipv4network" | "ipv6network" | "ipvanynetwork" => "Network address",
        "ipv4interface" | "ipv6interface" | "ipvanyinterface" => "Interface address",
        "hostname" | "idn-hostname" => "Host name",
        "path" | "file-path" | "directory-path" => "Path",
        "binary" | "byte" | "base64" | "base64url" => "Binary data",
        "json-string" => "JSON text",
        "regex" => "Regular expression",
        "password" => "Password",
        _ => "Text",
    }
}

/// Whether a text has the shape of a `format`; `false` for formats without a shape.
pub(super) fn has_shape(format: &str, text: &str) -> Option<bool> {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let at = |index: usize| text.as_bytes().get(index).copied();
    let date = digits(0..4) && at(4) == Some(b'-') && digits(5..7) && at(7) == Some(b'-') && digits(8..10);
    Some(match format {
        "date" => date && text.len() == 10,
        "date-time" => date && matches!(at(10), Some(b'T' | b't' | b' ')),
        "time" => digits(0..2) && at(2) == Some(b':') && digits(3..5),
        "duration" => text.trim_start_matches(['-', '+']).starts_with('P'),
        "email" => text.contains('@'),
        "uri" | "url" => text.contains("://"),
        "uuid" | "uuid4" => text.len() == 36 && [8, 13, 18, 23].iter().all(|index| at(*index) == Some(b'-')),
        _ => return None,
    })
}

/// The bounds of a number, with the digits of the schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// `minimum`
    pub min: Option<String>,
    /// `maximum`
    pub max: Option<String>,
    /// `exclusiveMinimum`
    pub above: Option<String>,
    /// `exclusiveMaximum`
    pub below: Option<String>,
    /// `multipleOf`
    pub multiple_of: Option<String>,
}
