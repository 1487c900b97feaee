//! One stream per run for all tabs of an origin: which tab streams, and what it sends to the others.

mod following;
mod frames;
mod leading;
mod message;
mod vocabulary;

use std::collections::VecDeque;

use crate::{Failure, StreamEnd, Time};
use indexmap::IndexMap;

pub use leading::Served;
use message::Message;
pub use vocabulary::{TabsCommand, TabsInput};

/// How long a tab waits for a message of the leading tab before it streams directly, in milliseconds.
const PATIENCE_MS: u64 = 3_000;
/// How long the leading tab keeps a run that no tab wants at the moment: a tab that reconnects leaves and joins.
const LINGER_MS: u64 = 1_000;

/// A stream that comes, or will come, through the leading tab.
#[derive(Debug)]
struct Following {
    /// The number of its latest request. Data for an earlier number may have a gap to the current data.
    join: u64,
    handler: String,
    run_id: String,
    after: i64,
    peek: bool,
    /// When it was requested; `None` after the leading tab responded.
    asked: Option<Time>,
    opened: bool,
}

/// A stream that this tab passes on.
#[derive(Debug)]
struct Led {
    handler: String,
    run_id: String,
    after: i64,
    peek: bool,
    accepted: bool,
    on_way: u32,
    heartbeats: u64,
}

/// Shares the streams of an origin's tabs: a state machine without I/O, with the contract of
/// [`RunMachine`](crate::RunMachine).
///
/// One tab leads: the one that has a lock which the browser gives to one tab at a time, and to the next when that one is closed or killed.
/// It watches every run that any tab wants, with its own four stream slots, and forwards the frames of its log, from each tab's cursor on
/// and at that tab's pace. So an additional tab costs the server nothing. Frames are forwarded only for the requested run. When another tab
/// leads, the others join it at their cursors; nothing is lost, and duplicates are recognised by their sequence.
///
/// A tab that receives nothing from a leading tab for three seconds streams directly, and so does one that needs events which the leading
/// tab's log has evicted.
#[derive(Debug)]
pub struct TabsMachine {
    me: String,
    leads: bool,
    /// No tab can lead.
    is_alone: bool,
    leader: Option<String>,
    following: IndexMap<u64, Following>,
    joins: u64,
    /// By the tab and the number of its request.
    led: IndexMap<(String, u64), Led>,
    /// Watched for others although no tab wants them at the moment, and until when.
    lingering: IndexMap<String, Time>,
    commands: VecDeque<TabsCommand>,
}

impl TabsMachine {
    /// A tab with a unique name.
    pub fn new(me: impl Into<String>) -> Self {
        let mut machine = Self {
            me: me.into(),
            leads: false,
            is_alone: false,
            leader: None,
            following: IndexMap::new(),
            joins: 0,
            led: IndexMap::new(),
            lingering: IndexMap::new(),
            commands: VecDeque::new(),
        };
        machine.post(None, &Message::Hello);
        machine
    }

    /// Whether this tab streams for the others. Its own streams are opened directly.
    pub const fn leads(&self) -> bool {
        self.leads
    }

    /// The leading tab, if it is another one and known.
    pub fn leader(&self) -> Option<&str> {
        self.leader.as_deref()
    }

    /// The next command, if any.
    pub fn poll_command(&mut self) -> Option<TabsCommand> {
        self.commands.pop_front()
    }

    /// When [`TabsInput::Tick`] is due.
    pub fn next_deadline(&self) -> Option<Time> {
        let asked = self.following.values().filter_map(|stream| stream.asked);
        let patience = asked.map(|at| at.plus(PATIENCE_MS));
        patience.chain(self.lingering.values().copied()).min()
    }

    /// Handles one input.
    pub fn handle(&mut self, now: Time, input: TabsInput<'_>) {
        match input {
            TabsInput::Elected | TabsInput::Refused => {
                let is_elected = matches!(input, TabsInput::Elected);
                self.leads = is_elected;
                self.is_alone = !is_elected;
                if let Some(leader) = self.leader.take() {
                    self.commands.push_back(TabsCommand::Forget(leader));
                }
                let following = std::mem::take(&mut self.following);
                // First: no stream may be opened until the leader's streams are closed.
                if following.values().any(|following| following.opened) {
                    self.commands.push_back(TabsCommand::Reopen);
                }
                for (stream, _) in following.into_iter().filter(|(_, following)| !following.opened) {
                    self.commands.push_back(TabsCommand::Direct { stream });
                }
                if is_elected {
                    self.post(None, &Message::Lead);
                }
            }
            TabsInput::Message(bytes) => {
                if let Some((from, message, body)) = Message::read(bytes)
                    && from != self.me
                    && !self.is_alone
                {
                    self.message(now, from, message, body);
                }
            }
            TabsInput::TabGone(tab) => {
                let theirs: Vec<u64> = self
                    .led
                    .keys()
                    .filter(|key| key.0 == tab)
                    .map(|key| key.1)
                    .collect();
                for stream in theirs {
                    self.leave(&(tab.clone(), stream), now.plus(0));
                }
                if self.leader.as_ref() == Some(&tab) {
                    self.leader = None;
                    for following in self.following.values_mut() {
                        following.asked = Some(now);
                    }
                    self.post(None, &Message::Hello);
                }
                self.commands.push_back(TabsCommand::Forget(tab));
                self.tick(now);
            }
            TabsInput::Open {
                stream,
                handler,
                run_id,
                after,
                peek,
            } => {
                if self.leads || self.is_alone {
                    self.commands.push_back(TabsCommand::Direct { stream });
                    return;
                }
                let following = Following {
                    join: 0,
                    handler,
                    run_id,
                    after,
                    peek,
                    asked: Some(now),
                    opened: false,
                };
                self.following.insert(stream, following);
                match self.leader.is_some() {
                    true => self.join(stream),
                    false => self.post(None, &Message::Hello),
                }
            }
            TabsInput::Close { stream } => {
                if let Some(following) = self.following.shift_remove(&stream) {
                    self.tell_leader(&Message::Leave { join: following.join });
                }
            }
            TabsInput::Taken { stream } => {
                if let Some(join) = self.following.get(&stream).map(|following| following.join) {
                    self.tell_leader(&Message::Ack { join });
                }
            }
            TabsInput::Tick => self.tick(now),
        }
    }

    fn message(&mut self, now: Time, from: String, message: Message, body: &[u8]) {
        match message {
            Message::Hello if self.leads => self.post(Some(&from), &Message::Lead),
            Message::Hello => {}
            Message::Lead if self.leads => {}
            Message::Lead => {
                // A message of a killed tab may arrive after one of its successor. So the lock of the assumed leader is watched too.
                let before = self.leader.replace(from.clone());
                if before.as_ref() != Some(&from) {
                    self.commands.extend(before.map(TabsCommand::Forget));
                    self.commands.push_back(TabsCommand::WatchLock(from));
                    let streams: Vec<u64> = self.following.keys().copied().collect();
                    for stream in streams {
                        if let Some(following) = self.following.get_mut(&stream) {
                            following.asked = Some(now);
                        }
                        self.join(stream);
                    }
                }
            }
            Message::Join {
                join,
                handler,
                run_id,
                after,
                peek,
            } => {
                if !self.leads {
                    return;
                }
                if !self.led.keys().any(|key| key.0 == from) {
                    self.commands.push_back(TabsCommand::WatchLock(from.clone()));
                }
                self.post(Some(&from), &Message::Noted { join });
                let lingers = self.lingering.shift_remove(&handler).is_some();
                // A poll can use any watch; other streams cannot use a poll.
                let enough = |led: &Led| led.handler == handler && (peek || !led.peek);
                if !lingers && !self.led.values().any(enough) {
                    let handler = handler.clone();
                    self.commands.push_back(TabsCommand::Watch { handler, peek });
                }
                let led = Led {
                    handler: handler.clone(),
                    run_id,
                    after,
                    peek,
                    accepted: false,
                    on_way: 0,
                    heartbeats: 0,
                };
                self.led.insert((from, join), led);
                self.commands.push_back(TabsCommand::Serve(handler));
            }
            Message::Leave { join } => self.leave(&(from, join), now.plus(LINGER_MS)),
            Message::Ack { join } => {
                if let Some(led) = self.led.get_mut(&(from, join)) {
                    led.on_way = led.on_way.saturating_sub(1);
                    self.commands.push_back(TabsCommand::Serve(led.handler.clone()));
                }
            }
            // Accept only messages of the leading tab; a former leader is ignored.
            _ if self.leader.as_deref() != Some(&from) => {}
            Message::Noted { join }
            | Message::Accepted { join }
            | Message::Frames { join, .. }
            | Message::Drained { join }
            | Message::Failed { join, .. }
            | Message::Elsewhere { join } => {
                let stream = self
                    .following
                    .iter()
                    .find(|(_, following)| following.join == join);
                match stream.map(|(stream, _)| *stream) {
                    Some(stream) => self.answer(stream, message, body),
                    None => self.tell_leader(&Message::Leave { join }),
                }
            }
        }
    }

    fn tick(&mut self, now: Time) {
        let over: Vec<String> = self
            .lingering
            .iter()
            .filter(|(_, until)| **until <= now)
            .map(|(handler, _)| handler.clone())
            .collect();
        for handler in over {
            self.lingering.shift_remove(&handler);
            self.commands.push_back(TabsCommand::Unwatch(handler));
        }
        let unheard: Vec<u64> = self
            .following
            .iter()
            .filter(|(_, f)| f.asked.is_some_and(|at| at.plus(PATIENCE_MS) <= now))
            .map(|(stream, _)| *stream)
            .collect();
        for stream in unheard {
            if let Some(following) = self.following.shift_remove(&stream) {
                self.tell_leader(&Message::Leave { join: following.join });
                self.commands.push_back(if following.opened {
                    let silent = Failure::network("The leading tab does not answer.");
                    let end = StreamEnd::Failed(silent);
                    TabsCommand::Ended { stream, end }
                } else {
                    TabsCommand::Direct { stream }
                });
            }
        }
    }

    fn tell_leader(&mut self, message: &Message) {
        if let Some(leader) = self.leader.clone() {
            self.post(Some(&leader), message);
        }
    }

    fn post(&mut self, to: Option<&str>, message: &Message) {
        let message = message.write(&self.me, &[]);
        let to = to.map(str::to_owned);
        self.commands.push_back(TabsCommand::Post { to, message });
    }
}
