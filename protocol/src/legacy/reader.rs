//! A task's stream: bytes in, events and the end out.

use super::{LegacyApi, LegacyEvent, NdjsonDecoder, NdjsonItem};
use crate::json::Members;
use crate::{DecodeError, EventKind, RawJson, field_str};

/// The end of a task's stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegacyStreamEnd {
    /// Whether the server ended it. A broken connection may have lost events: llama-deploy 0.9.2 breaks it when a task fails.
    pub is_whole: bool,
    /// The fields of the stop event, if there was one. llama-deploy 0.9.2 omits the result of a plain `StopEvent`: `{}`.
    pub stop: Option<RawJson>,
    /// Why the task failed, from a `WorkflowFailedEvent` or similar. Only the current app server sends these.
    pub failure: Option<String>,
}

/// Reads the stream of one task.
///
/// The line that ends the stream is not an event, but an earlier line with the same text is. So a line that may be the last (`{}`, a
/// `StopEvent`, `{"result": …}` of llama-deploy 0.2.2) is buffered until the next line or the end. A custom stop event cannot be
/// recognised: it is passed on as an event, and is [`LegacyStreamEnd::stop`] too.
///
/// ```
/// # use workflow_protocol::legacy::{LegacyApi, LegacyReader};
/// let mut reader = LegacyReader::new(LegacyApi::ControlPlane);
/// let mut events = Vec::new();
/// reader.feed(b"{\"progress\": \"p0\"}\n{\"result\": \"done\"}\n", &mut |event| events.extend(event.ok()));
/// let end = reader.finish(true, &mut |event| events.extend(event.ok()));
/// assert_eq!(events.len(), 1);
/// assert_eq!(end.stop.as_ref().map(|stop| stop.as_str()), Some("{\"result\": \"done\"}"));
/// ```
#[derive(Debug)]
pub struct LegacyReader {
    api: LegacyApi,
    decoder: NdjsonDecoder,
    held: Option<LegacyEvent>,
    last: Option<RawJson>,
    failure: Option<String>,
    /// Lines to skip, because an earlier connection delivered them.
    skip: usize,
    lines: usize,
}

type OnEvent<'a> = dyn FnMut(Result<LegacyEvent, DecodeError>) + 'a;

impl LegacyReader {
    /// A reader of a stream from its beginning.
    pub fn new(api: LegacyApi) -> Self {
        Self::resumed(api, 0)
    }

    /// A reader that skips this many lines, which were [read](Self::lines) before. Only llama-deploy 0.2.2 sends them again.
    pub fn resumed(api: LegacyApi, skip: usize) -> Self {
        Self {
            api,
            decoder: NdjsonDecoder::new(),
            held: None,
            last: None,
            failure: None,
            skip,
            lines: 0,
        }
    }

    /// How many lines were passed on as events or errors, including skipped ones. A buffered line is not counted.
    pub fn lines(&self) -> usize {
        self.lines - usize::from(self.held.is_some())
    }

    /// Reads the next chunk and passes on the events that it completes. A line that is not JSON is an error and does not end the stream.
    pub fn feed(&mut self, chunk: &[u8], on_event: &mut OnEvent<'_>) {
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.feed(chunk, &mut |item| self.line(&item, on_event));
        self.decoder = decoder;
    }

    /// The stream has ended. `is_whole`: the server ended it, the connection was not broken.
    pub fn finish(mut self, is_whole: bool, on_event: &mut OnEvent<'_>) -> LegacyStreamEnd {
        if is_whole {
            let mut decoder = std::mem::take(&mut self.decoder);
            decoder.finish(&mut |item| self.line(&item, on_event));
        }
        let stop = match self.held {
            Some(event) => Some(event.value),
            None => self.last.filter(|_| is_whole && self.failure.is_none()),
        };
        LegacyStreamEnd {
            is_whole,
            stop: stop.filter(|_| self.failure.is_none()),
            failure: self.failure,
        }
    }

    fn line(&mut self, item: &NdjsonItem<'_>, on_event: &mut OnEvent<'_>) {
        self.lines += 1;
        let event = match item {
            NdjsonItem::Line(line) => LegacyEvent::parse(line),
            NdjsonItem::Oversized(bytes) => Err(DecodeError {
                what: "event",
                message: format!("it has {bytes} bytes, which is more than is read"),
                body: String::new(),
            }),
        };
        if let Some(held) = self.held.take() {
            self.give(self.lines - 1, Ok(held), on_event);
        }
        match event {
            Ok(event) if self.may_be_last(&event) => {
                self.failure = failure(&event);
                self.held = Some(event);
            }
            event => self.give(self.lines, event, on_event),
        }
    }

    fn give(&mut self, line: usize, event: Result<LegacyEvent, DecodeError>, on_event: &mut OnEvent<'_>) {
        self.failure = None;
        self.last = event.as_ref().ok().map(|event| event.value.clone());
        if line > self.skip {
            on_event(event);
        }
    }

    fn may_be_last(&self, event: &LegacyEvent) -> bool {
        match event.kind() {
            EventKind::Stop | EventKind::Failed | EventKind::TimedOut | EventKind::Cancelled => true,
            _ if event.class.is_some() => false,
            _ => match (self.api, Members::read(event.value.as_str())) {
                (LegacyApi::Deployment, Some(members)) => members.is_empty(),
                (LegacyApi::ControlPlane, Some(members)) => {
                    members.len() == 1 && members.get("result").is_some()
                }
                (_, None) => false,
            },
        }
    }
}

/// Why the task failed, if this event reports it.
fn failure(event: &LegacyEvent) -> Option<String> {
    let value = event.value.as_str();
    let words = match event.kind() {
        EventKind::Failed => {
            let exception = Members::read(value).and_then(|members| members.get("exception"));
            exception
                .and_then(|exception| field_str(exception, "exception_message"))
                .or_else(|| field_str(value, "exception_message"))
        }
        EventKind::TimedOut => Some("The workflow ran out of time".to_owned()),
        EventKind::Cancelled => Some("The workflow was cancelled".to_owned()),
        _ => return None,
    };
    Some(
        words
            .filter(|words| !words.is_empty())
            .unwrap_or_else(|| "The workflow failed".to_owned()),
    )
}
