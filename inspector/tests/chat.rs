//! Conversations folded from events.

#![allow(clippy::unwrap_used)]

use workflow_inspector::chat::{ChatRule, ChatRules, Role, Transcript};
use workflow_protocol::{EventLog, SseDecoder, SseItem};

/// Hands over events as envelopes, numbered from 0.
fn talk(rules: ChatRules, envelopes: &[&str]) -> Transcript {
    let mut chat = Transcript::new(rules);
    feed(&mut chat, envelopes);
    chat
}

fn feed(chat: &mut Transcript, envelopes: &[&str]) {
    let mut log = EventLog::new(usize::MAX);
    for (sequence, envelope) in envelopes.iter().enumerate() {
        log.push_frame(sequence as u64, envelope, None).unwrap();
    }
    for index in 0..log.len() {
        chat.take(&log.get(index).unwrap());
    }
}

fn token(text: &str) -> String {
    format!(r#"{{"type":"Token","types":null,"value":{{"text":"{text}"}}}}"#)
}

fn said(chat: &Transcript) -> Vec<(&str, &str)> {
    let messages = chat.messages().iter();
    messages
        .map(|message| (message.role.as_str(), message.text.as_str()))
        .collect()
}

#[test]
fn tokens_grow_one_message_and_the_same_result_adds_none() {
    let tokens: Vec<String> = ["On", " the", " sea"].iter().map(|text| token(text)).collect();
    let mut chat = Transcript::new(ChatRules::default());
    chat.say("the sea");
    feed(&mut chat, &tokens.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(said(&chat), [("user", "the sea"), ("assistant", "On the sea")]);
    assert!(chat.messages()[1].growing, "more may come");
    feed(
        &mut chat,
        &[r#"{"type":"TokensStop","types":["StopEvent"],"value":{"text":"On the sea","tokens":3}}"#],
    );
    assert_eq!(said(&chat).len(), 2, "the result says what was said");
    assert!(!chat.messages()[1].growing, "it is whole");
}

#[test]
fn agents_of_llama_index_are_understood() {
    let chat = talk(
        ChatRules::default(),
        &[
            r#"{"type":"AgentStream","types":null,"value":{"delta":"Let me look. ","response":"Let me look. ","current_agent_name":"a","tool_calls":[],"raw":{}}}"#,
            r#"{"type":"AgentStream","types":null,"value":{"delta":"","response":"Let me look. ","current_agent_name":"a","tool_calls":[{"tool_name":"search"}],"raw":{}}}"#,
            r#"{"type":"AgentOutput","types":null,"value":{"response":{"role":"assistant","additional_kwargs":{},"blocks":[{"block_type":"text","text":"Let me look."}]},"current_agent_name":"a","tool_calls":[]}}"#,
            r#"{"type":"ToolCallResult","types":["ToolCall"],"value":{"tool_name":"search","tool_kwargs":{"q":"sea"},"tool_id":"1","tool_output":{"blocks":[{"block_type":"text","text":"3 hits"}],"tool_name":"search","is_error":false},"return_direct":false}}"#,
            r#"{"type":"AgentStream","types":null,"value":{"delta":"Three","response":"Three"}}"#,
            r#"{"type":"AgentStream","types":null,"value":{"delta":" hits.","response":"Three hits."}}"#,
            r#"{"type":"StopEvent","types":null,"value":{"result":{"role":"assistant","blocks":[{"block_type":"text","text":"Three hits."}]}}}"#,
        ],
    );
    assert_eq!(
        said(&chat),
        [
            ("assistant", "Let me look. "),
            ("tool", "3 hits"),
            ("assistant", "Three hits."),
        ],
        "a text that was streamed, sent and returned is one message"
    );
}

#[test]
fn a_whole_message_replaces_the_pieces_that_it_holds() {
    let chat = talk(
        ChatRules::default(),
        &[
            &token("raw"),
            r#"{"type":"MessageEvent","types":null,"value":{"text":"A raw draft"}}"#,
        ],
    );
    assert_eq!(said(&chat), [("assistant", "A raw draft")]);
    assert_eq!(
        chat.messages()[0].rewritten,
        1,
        "it doesn't begin with what was shown"
    );
}

#[test]
fn rules_of_ones_own_come_first_and_the_event_may_name_who_speaks() {
    let rules = ChatRules::with(vec![
        ChatRule::piece("Chunk", "words"),
        ChatRule::message("Turn", Role::Assistant, "content"),
    ]);
    let chat = talk(
        rules,
        &[
            r#"{"type":"Chunk","types":null,"value":{"words":"a","text":"not this"}}"#,
            r#"{"type":"Turn","types":null,"value":{"role":"user","content":"b"}}"#,
            r#"{"type":"DerivedChunk","types":["Chunk"],"value":{"words":"c"}}"#,
            r#"{"type":"Unknown","types":null,"value":{"text":"d"}}"#,
        ],
    );
    assert_eq!(
        said(&chat),
        [("assistant", "a"), ("user", "b"), ("assistant", "c")]
    );
}

#[test]
fn answers_follow_their_prompts_and_can_be_removed() {
    let mut chat = talk(
        ChatRules::default(),
        &[
            r#"{"type":"InputRequiredEvent","types":null,"value":{"_data":{"prefix":"Name?"}}}"#,
            &token("meanwhile"),
        ],
    );
    assert!(chat.answer(0, Some("Ada")), "it is new");
    assert!(!chat.answer(0, Some("Ada")), "it is known");
    assert_eq!(
        said(&chat),
        [
            ("assistant", "Name?"),
            ("user", "Ada"),
            ("assistant", "meanwhile")
        ]
    );
    chat.answer(0, None);
    assert_eq!(said(&chat).len(), 2, "it was refused");
    assert!(!chat.answer(7, Some("Ada")), "there is no such question");
}

#[test]
fn another_run_goes_on_below_and_its_questions_are_its_own() {
    let question = r#"{"type":"InputRequiredEvent","types":null,"value":{"prefix":"Name?"}}"#;
    let mut chat = talk(ChatRules::default(), &[question]);
    chat.answer(0, Some("Ada"));
    chat.say("again");
    chat.next_run();
    feed(&mut chat, &[question]);
    chat.answer(0, Some("Bob"));
    let words: Vec<&str> = said(&chat).into_iter().map(|(_, text)| text).collect();
    assert_eq!(words, ["Name?", "Ada", "again", "Name?", "Bob"]);
}

#[test]
fn a_result_without_text_is_shown_only_without_other_messages() {
    let stop = r#"{"type":"StopEvent","types":null,"value":{"result":{"done":5}}}"#;
    assert_eq!(
        said(&talk(ChatRules::default(), &[stop])),
        [("assistant", r#"{"done":5}"#)]
    );
    assert_eq!(
        said(&talk(ChatRules::default(), &[&token("x"), stop])),
        [("assistant", "x")]
    );
    let silent = ChatRules {
        result: false,
        ..ChatRules::default()
    };
    assert!(talk(silent, &[stop]).messages().is_empty(), "it was asked not to");
}

#[test]
fn a_recorded_run_with_a_question_reads_as_a_conversation() {
    let recorded = include_bytes!("../../protocol/tests/fixtures/streams/hitl_typed.sse");
    let mut decoder = SseDecoder::default();
    let mut log = EventLog::new(usize::MAX);
    let mut chat = Transcript::new(ChatRules::default());
    decoder.feed(recorded, &mut |item| {
        if let SseItem::Event { id, data, .. } = item {
            log.push_frame(id.parse().unwrap(), data, None).unwrap();
        }
    });
    for index in 0..log.len() {
        chat.take(&log.get(index).unwrap());
    }
    assert!(chat.messages()[0].question, "{:?}", said(&chat));
    assert!(chat.messages().len() > 1, "and its result");
}

#[test]
fn fifty_thousand_tokens_are_one_message() {
    let mut chat = Transcript::new(ChatRules::default());
    let tokens = token("word ");
    let all = vec![tokens.as_str(); 50_000];
    feed(&mut chat, &all);
    assert_eq!(chat.messages().len(), 1, "one message");
    assert_eq!(chat.messages()[0].text.len(), 250_000, "with all of it");
}
