//! The classes that can answer a workflow's prompts, and their ranking for one prompt.

use crate::json::Members;
use crate::{Graph, GraphNode, NodeKind, Prompt, RawJson, fields, schema_title};

const STOCK_ANSWER: &str = "HumanResponseEvent";
const STOCK_QUESTION: &str = "InputRequiredEvent";

/// A class that can answer a prompt, with the schema of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResponseClass {
    /// The class.
    pub class: String,
    /// The JSON Schema for a form. `None` if the server has none; any fields are then accepted.
    pub schema: Option<RawJson>,
    /// What distinguishes it from another class with the same name: its module if the server sends it, else its fields. Empty for a unique
    /// name.
    pub note: String,
    /// The prompts after which a step accepts this class, according to the workflow's graph. A step that waits for an event itself
    /// (`ctx.wait_for_event`) has no such edge in the graph.
    pub follows: Vec<String>,
}

impl ResponseClass {
    /// The label in a choice: the class, and what distinguishes it from another class with the same name.
    pub fn label(&self) -> String {
        if self.note.is_empty() {
            return self.class.clone();
        }
        [&self.class, " (", &self.note, ")"].concat()
    }
}

/// The class of a registered event: the one with the same schema in the graph, else the schema's title. A title is the class name unless
/// its author chose another (`ConfigDict(title=…)`); older servers send no schemas in the graph.
pub fn schema_class(graph: Option<&Graph>, schema: &RawJson) -> Option<String> {
    let mut nodes = graph.map_or(&[][..], |graph| &graph.nodes).iter();
    nodes
        .find(|node| node.event_schema.as_ref() == Some(schema))
        .and_then(GraphNode::event_class)
        .map(str::to_owned)
        .or_else(|| schema_title(schema))
}

/// [`response_classes`] with their schemas: those of the registered events, else the graph's. Two registered classes with one name and
/// different fields are both included.
pub fn answer_classes(graph: Option<&Graph>, events: &[RawJson]) -> Vec<ResponseClass> {
    let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
    let mut answers = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for class in response_classes(graph, events) {
        if names.contains(&class) {
            continue;
        }
        names.push(class.clone());
        let mut schemas: Vec<RawJson> = Vec::new();
        for schema in events {
            let is_class = schema_class(graph, schema).as_deref() == Some(&class);
            if is_class && !schemas.contains(schema) {
                schemas.push(schema.clone());
            }
        }
        let follows = graph.map_or_else(Vec::new, |graph| questions_before(graph, &class));
        let answer = |schema: Option<RawJson>, note: String| ResponseClass {
            class: class.clone(),
            schema,
            note,
            follows: follows.clone(),
        };
        if schemas.len() > 1 {
            let notes = schemas.iter().map(|schema| note(schema, &schemas));
            let notes: Vec<String> = notes.collect();
            answers.extend(
                schemas
                    .into_iter()
                    .zip(notes)
                    .map(|(schema, note)| answer(Some(schema), note)),
            );
            continue;
        }
        let shown = || nodes.iter().find(|node| node.event_class() == Some(&class));
        let schema = schemas
            .pop()
            .or_else(|| shown().and_then(|node| node.event_schema.clone()));
        answers.push(answer(schema, String::new()));
    }
    answers
}

/// What distinguishes a schema from others with the same title. Pydantic's schemas do not name the module (observed on llama-agents-server
/// 0.8.0), so these are the fields that only this one has.
fn note(schema: &RawJson, all: &[RawJson]) -> String {
    let text = |name: &str| {
        let members = Members::read(schema.as_str())?;
        members.text(name).map(std::borrow::Cow::into_owned)
    };
    let module = text("module").or_else(|| {
        let name = text("qualified_name")?;
        name.rsplit_once('.').map(|(module, _)| module.to_owned())
    });
    if let Some(module) = module {
        return module;
    }
    let own = properties(schema);
    let others: Vec<String> = all
        .iter()
        .filter(|other| *other != schema)
        .flat_map(properties)
        .collect();
    let only: Vec<&str> = own
        .iter()
        .filter(|name| !others.contains(name))
        .map(String::as_str)
        .collect();
    let shown = if only.is_empty() {
        own.iter().map(String::as_str).collect()
    } else {
        only
    };
    if shown.is_empty() {
        return String::from("no fields");
    }
    shown.join(", ")
}

fn properties(schema: &RawJson) -> Vec<String> {
    let members = Members::read(schema.as_str());
    let properties = members.as_ref().and_then(|members| members.get("properties"));
    let properties = properties
        .and_then(|text| crate::members(text).ok())
        .unwrap_or_default();
    properties
        .into_iter()
        .map(|(name, _)| name.into_owned())
        .collect()
}

/// The prompt classes after which a step of the graph accepts this class: along the edges, across nodes that are not steps.
fn questions_before(graph: &Graph, class: &str) -> Vec<String> {
    let kind = |id: &str| {
        graph
            .nodes
            .iter()
            .find(|node| node.id == id)
            .map(|node| &node.kind)
    };
    let mut found: Vec<&str> = Vec::new();
    for node in graph
        .nodes
        .iter()
        .filter(|node| node.event_class() == Some(class))
    {
        let taken = graph
            .edges
            .iter()
            .any(|edge| edge.source == node.id && kind(&edge.target) == Some(&NodeKind::Step));
        if taken && !found.contains(&node.id.as_str()) {
            found.push(&node.id);
        }
    }
    let mut next = 0;
    while let Some(id) = found.get(next).copied() {
        next += 1;
        for edge in graph.edges.iter().filter(|edge| edge.target == id) {
            let source = edge.source.as_str();
            if kind(source).is_some_and(|kind| *kind != NodeKind::Step) && !found.contains(&source) {
                found.push(source);
            }
        }
    }
    let questions = graph
        .nodes
        .iter()
        .filter(|node| found.contains(&node.id.as_str()) && node.is(STOCK_QUESTION));
    let classes = questions.filter_map(GraphNode::event_class);
    classes.map(str::to_owned).collect()
}

/// The classes that can answer one prompt, ranked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RankedAnswers {
    /// The indices of the classes in ranked order, likeliest first.
    pub order: Vec<usize>,
    /// Whether the first is likelier than the second. If not, a person has to choose.
    pub is_clear: bool,
}

impl RankedAnswers {
    /// The index of the class that most likely answers. `None` if a person has to choose.
    pub fn likeliest(&self) -> Option<usize> {
        self.order.first().copied().filter(|_| self.is_clear)
    }
}

/// Ranks the classes that can answer a prompt of the class `question`, from a step that was started by an event of the class `asked_with`.
///
/// A class that a step accepts after the prompt in the graph comes first. The class that started the asking step comes last, because that
/// answer was already given. Then common words of both names count (`AddressQuestion`, `AddressAnswer`); then the stock answer fits the
/// stock prompt, and a class of the workflow fits a prompt of the workflow.
pub fn rank_answers(question: &str, asked_with: Option<&str>, classes: &[ResponseClass]) -> RankedAnswers {
    let asked = name_words(question);
    let rank = |answer: &ResponseClass| {
        let is_after = answer.follows.iter().any(|known| known == question);
        let was_given = asked_with == Some(answer.class.as_str());
        let shared = shared_words(&asked, &name_words(&answer.class));
        let is_stock = (answer.class == STOCK_ANSWER) == (question == STOCK_QUESTION);
        // A prompt class may be registered next to its answers, but answers nothing.
        let is_question = answer.class == question;
        (
            is_question,
            !is_after,
            was_given,
            std::cmp::Reverse(shared),
            !is_stock,
        )
    };
    let ranks: Vec<_> = classes.iter().map(rank).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|at| ranks.get(*at));
    let is_clear = match order.as_slice() {
        [] => false,
        [_] => true,
        [first, second, ..] => ranks.get(*first) != ranks.get(*second),
    };
    RankedAnswers { order, is_clear }
}

impl Prompt {
    /// Ranks the classes that can answer this prompt: see [`rank_answers`].
    pub fn rank(&self, classes: &[ResponseClass]) -> RankedAnswers {
        rank_answers(&self.class, self.asked_with(), classes)
    }

    /// The classes that can answer this prompt, likeliest first: see [`rank_answers`].
    pub fn answers(&self, classes: &[ResponseClass]) -> Vec<ResponseClass> {
        let ranked = self.rank(classes);
        ranked
            .order
            .iter()
            .filter_map(|at| classes.get(*at))
            .cloned()
            .collect()
    }

    /// The fields of the prompt that answers often repeat: all except its text. Of the stock prompt, those that its class does not declare.
    pub fn extra_fields(&self) -> Vec<(String, RawJson)> {
        let text = RawJson::string(&self.text());
        let fields = fields(self.value.as_str()).unwrap_or_default();
        fields.into_iter().filter(|(_, value)| *value != text).collect()
    }
}

/// The significant words of a class name, in lower case.
fn name_words(name: &str) -> Vec<String> {
    // Common parts of the names of prompts and answers.
    const COMMON: [&str; 14] = [
        "event", "question", "answer", "ask", "response", "request", "reply", "input", "required", "human",
        "prompt", "needed", "received", "user",
    ];
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && !before.is_uppercase() || !before.is_alphanumeric();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty() && !COMMON.contains(&word.as_str()));
    words
}

fn shared_words(some: &[String], others: &[String]) -> usize {
    some.iter()
        .filter(|word| others.iter().any(|other| is_same_word(word, other)))
        .count()
}

/// Whether both are forms of one word: equal, or with the same first five letters (`Approve`, `Approval`).
fn is_same_word(word: &str, other: &str) -> bool {
    let alike = word
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    word == other || alike >= 5
}

/// The classes that can answer a workflow's prompts.
///
/// `events` are the schemas of the events that the workflow accepts ([`EventSchemas`](crate::EventSchemas)); empty if unknown. The graph
/// shows which of them derive from `HumanResponseEvent`. It shows none for a step that waits itself, so `HumanResponseEvent` can answer if
/// it is registered. If neither is known, all registered events that are not in the graph can.
pub fn response_classes(graph: Option<&Graph>, events: &[RawJson]) -> Vec<String> {
    const BASE: &str = STOCK_ANSWER;
    const NO_ANSWER: [&str; 3] = ["StartEvent", "StopEvent", STOCK_QUESTION];
    let registered: Vec<String> = events
        .iter()
        .filter_map(|schema| schema_class(graph, schema))
        .collect();
    let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
    // Two classes can have the same schema, if their author gave both the same title; the lookup by schema finds only the first.
    let is_registered = |node: &GraphNode, class: &str| {
        registered.iter().any(|name| name == class)
            || node
                .event_schema
                .as_ref()
                .is_some_and(|schema| events.contains(schema))
    };
    let mut shown = Vec::new();
    for node in nodes.iter().filter(|node| node.is(BASE)) {
        let class = node.event_class().unwrap_or_default();
        if (events.is_empty() || is_registered(node, class)) && !shown.iter().any(|name| name == class) {
            shown.push(class.to_owned());
        }
    }
    // The graph does not show a step that waits itself for the stock answer, even next to steps that accept their own class.
    if registered.iter().any(|name| name == BASE) && !shown.iter().any(|name| name == BASE) {
        shown.push(BASE.to_owned());
    }
    if !shown.is_empty() {
        return shown;
    }
    let known = |name: &str| nodes.iter().any(|node| node.event_class() == Some(name));
    registered
        .into_iter()
        .filter(|name| !known(name) && !NO_ANSWER.contains(&name.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(names: &[&str]) -> Vec<ResponseClass> {
        let class = |name: &&str| ResponseClass {
            class: (*name).to_owned(),
            ..ResponseClass::default()
        };
        names.iter().map(class).collect()
    }

    fn ranked(question: &str, asked_with: Option<&str>, names: &[&str]) -> (Vec<String>, bool) {
        let classes = classes(names);
        let ranked = rank_answers(question, asked_with, &classes);
        let names = ranked.order.iter().map(|at| classes[*at].class.clone());
        (names.collect(), ranked.is_clear)
    }

    #[test]
    fn names_share_words_that_are_not_common() {
        assert_eq!(name_words("AddressQuestion"), ["address"]);
        assert_eq!(name_words("HTTPRequestEvent"), ["httprequest"]);
        assert_eq!(name_words("tool_approval"), ["tool", "approval"]);
        let both = |a: &str, b: &str| shared_words(&name_words(a), &name_words(b));
        assert_eq!(both("ApproveTool", "ToolApproval"), 2);
        assert_eq!(both("InputRequiredEvent", "HumanResponseEvent"), 0);
    }

    #[test]
    fn names_decide_without_a_graph() {
        let names = ["OrderAnswer", "AddressAnswer"];
        let (order, clear) = ranked("AddressQuestion", None, &names);
        assert_eq!((order[0].as_str(), clear), ("AddressAnswer", true));
        let (order, clear) = ranked("OrderQuestion", Some("StartEvent"), &names);
        assert_eq!((order[0].as_str(), clear), ("OrderAnswer", true));
        let (_, clear) = ranked("Ask", None, &names);
        assert!(!clear, "a person has to choose");
    }

    #[test]
    fn what_the_asking_step_took_is_last() {
        let (order, clear) = ranked("Ask", Some("First"), &["First", "Second"]);
        assert_eq!((order[0].as_str(), clear), ("Second", true));
        let (order, _) = ranked("FirstAsked", Some("First"), &["First", "Second"]);
        assert_eq!(order[0], "Second", "also if its name fits");
    }

    #[test]
    fn the_stock_question_is_answered_by_the_stock_answer() {
        let names = ["Own", "HumanResponseEvent"];
        assert_eq!(
            ranked("InputRequiredEvent", None, &names).0[0],
            "HumanResponseEvent"
        );
        assert_eq!(ranked("Question", None, &names).0[0], "Own");
    }

    #[test]
    fn a_class_after_the_question_in_the_graph_is_first() {
        let mut classes = classes(&["AskAnswer", "Other"]);
        classes[1].follows = vec!["Ask".to_owned()];
        let ranked = rank_answers("Ask", None, &classes);
        assert_eq!((ranked.order[0], ranked.is_clear), (1, true));
    }
}
