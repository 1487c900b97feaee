//! Assigns the four streams per origin to any number of runs.

use crate::Time;

/// How many streams are open at most, per origin.
///
/// HTTP/1.1 gives a browser six connections to an origin, and an open stream occupies one. Four leave two for requests, so the answer to a
/// prompt never waits for a stream.
pub const MAX_STREAMS: usize = 4;

/// The minimum duration of a stream when others wait, in milliseconds: every connect makes the server read the run's whole history.
const MIN_STAY_MS: u64 = 2_000;
/// The maximum duration of a stream while others with news wait.
const MAX_STAY_MS: u64 = 10_000;
/// How long a stream that is not open yet keeps its slot.
const OPENING_MS: u64 = 60_000;
/// A stream that received nothing for this long has sent everything.
const QUIET_MS: u64 = 400;
/// How long a slot stays empty after a stream was closed, in milliseconds: until the server notices, it still counts that stream.
const HANDOVER_MS: u64 = 100;
/// The delay between two turns of a run without news.
const REST_MS: u64 = 30_000;

/// An input of a [`StreamsMachine`]. Runs are identified by their handler's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamsInput {
    /// A stream of this handler is wanted.
    Want(String),
    /// A stream of this handler is wanted for a short poll: only with a slot that no other stream needs, and only as long as that is so.
    /// [`StreamsInput::Want`] turns it into a normal one.
    Peek(String),
    /// A stream of this handler is wanted that cannot be resumed: it is never revoked.
    Pin(String),
    /// It is no longer wanted, or it ended: its slot becomes free, after a delay.
    Release(String),
    /// Another tab used the slots until now: its streams are just being closed.
    Inherited,
    /// It was opened, or events arrived on it. One report per tenth of a second is enough.
    Progress(String),
    /// The handler's `updated_at` changed: the run became idle, waits for a person or ended, so there are events to fetch.
    Moved(String),
    /// [`StreamsMachine::next_deadline`] was reached.
    Tick,
}

/// A command of a [`StreamsMachine`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamsCommand {
    /// Open the stream of this handler.
    Grant(String),
    /// Close it and request it again, because others wait. Nothing is lost, because it resumes at its cursor.
    Revoke(String),
}

#[derive(Debug)]
struct Turn {
    since: Time,
    /// When its stream was first open. Opening makes the server read the whole history, which may take longer than a turn; a stream that is
    /// revoked before that has delivered nothing.
    opened_at: Option<Time>,
    progress_at: Time,
    /// It was revoked; its release is expected.
    leaving: bool,
}

#[derive(Debug)]
struct Place {
    id: String,
    /// It comes after all others.
    peek: bool,
    /// It keeps its slot until it is released.
    stays: bool,
    /// Its stream is open, or being opened.
    turn: Option<Turn>,
    /// Its stream is wanted and has no slot.
    wanted: bool,
    /// The order of the waiting ones.
    ticket: u64,
    /// The run is known to have news.
    news: bool,
    /// When its last turn ended.
    rested_since: Option<Time>,
}

/// Assigns at most [`MAX_STREAMS`] stream slots and lets the streams take turns if more are wanted: a state machine without I/O, with the
/// same contract as [`RunMachine`](crate::RunMachine).
///
/// Those with news come first, then those that never had a turn, then those whose last turn was half a minute ago. Polls
/// ([`StreamsInput::Peek`]) take no turn: they use free slots, and lose them as soon as another stream waits. Pinned streams
/// ([`StreamsInput::Pin`]) are never revoked: the others take turns in the remaining slots.
///
/// # Delay until an event of a run without a slot is received
/// A run that becomes idle (it waits for a person) or ends changes its `updated_at`, which the list shows within 2 s (6 s while nothing
/// happens anywhere or the page is hidden). It then waits for the first of four slots: at most 2 s if one of them is quiet, 10 s if all
/// receive events, a tenth of a second until the slot is free, and as much again for every four runs with news before it. A run that has an
/// open prompt while other steps of it are still busy does not change `updated_at`: it is checked every half minute. Opening the stream
/// takes additional time, which depends on the length of the history.
///
/// In short, with `n` watched runs: typically 4 s, at most `6 s + ⌈n / 4⌉ × 10.1 s` for a run that becomes idle or ends, and `30 s + ⌈n /
/// 4⌉ × 10.1 s` for any other.
#[derive(Debug, Default)]
pub struct StreamsMachine {
    places: Vec<Place>,
    next_ticket: u64,
    /// When the slots of recently closed streams become free.
    cooling: Vec<Time>,
    commands: Vec<StreamsCommand>,
    deadline: Option<Time>,
}

impl StreamsMachine {
    /// A machine with all slots free.
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles one input.
    pub fn handle(&mut self, now: Time, input: StreamsInput) {
        match input {
            StreamsInput::Want(id) => self.want(now, &id, false),
            StreamsInput::Peek(id) => self.want(now, &id, true),
            StreamsInput::Pin(id) => {
                self.want(now, &id, false);
                if let Some(place) = find(&mut self.places, &id) {
                    place.stays = true;
                }
            }
            StreamsInput::Release(id) => {
                if find(&mut self.places, &id).is_some_and(|place| place.turn.is_some()) {
                    self.cooling.push(now.plus(HANDOVER_MS));
                }
                self.places.retain(|place| place.id != id);
            }
            StreamsInput::Inherited => {
                self.cooling = vec![now.plus(HANDOVER_MS); MAX_STREAMS];
            }
            StreamsInput::Progress(id) => {
                if let Some(turn) = find(&mut self.places, &id).and_then(|place| place.turn.as_mut()) {
                    turn.progress_at = now;
                    // Later progress only delays a deadline, and an early one does no harm.
                    if turn.opened_at.replace(turn.opened_at.unwrap_or(now)).is_some() {
                        return;
                    }
                }
            }
            StreamsInput::Moved(id) => {
                if let Some(place) = find(&mut self.places, &id) {
                    place.news = true;
                }
            }
            StreamsInput::Tick => {}
        }
        self.arrange(now);
    }

    /// The next command, if any.
    pub fn poll_command(&mut self) -> Option<StreamsCommand> {
        (!self.commands.is_empty()).then(|| self.commands.remove(0))
    }

    /// When [`StreamsInput::Tick`] is due.
    pub const fn next_deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// How many slots are in use.
    pub fn open(&self) -> usize {
        self.places.iter().filter(|place| place.turn.is_some()).count()
    }

    /// How many streams wait for a slot, including resting ones.
    pub fn waiting(&self) -> usize {
        self.places.iter().filter(|place| place.wanted).count()
    }

    fn want(&mut self, now: Time, id: &str, peek: bool) {
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        if find(&mut self.places, id).is_none() {
            self.places.push(Place {
                id: id.to_owned(),
                peek,
                stays: false,
                turn: None,
                wanted: false,
                ticket,
                news: true,
                rested_since: None,
            });
        }
        let Some(place) = find(&mut self.places, id) else {
            return;
        };
        let was_peek = std::mem::replace(&mut place.peek, peek);
        if was_peek && !peek && place.turn.as_ref().is_some_and(|turn| !turn.leaving) {
            // Its stream is open: it only becomes permanent.
            return;
        }
        // A run that requests a slot while it has one has reconnected: it keeps the slot.
        if place.turn.take().is_some_and(|turn| turn.leaving) {
            place.rested_since = Some(now);
            place.news = false;
            place.ticket = ticket;
            self.cooling.push(now.plus(HANDOVER_MS));
        }
        place.wanted = true;
    }

    fn arrange(&mut self, now: Time) {
        self.deadline = None;
        self.cooling.retain(|free_at| *free_at > now);
        let mut free = MAX_STREAMS.saturating_sub(self.open() + self.cooling.len());
        while free > 0 {
            let next = self
                .places
                .iter_mut()
                // While slots are free, no stream has to rest.
                .filter(|place| place.wanted)
                .min_by_key(|place| (place.peek, !place.news, place.rested_since, place.ticket));
            let Some(place) = next else { break };
            place.wanted = false;
            place.news = false;
            place.turn = Some(Turn {
                since: now,
                opened_at: None,
                progress_at: now,
                leaving: false,
            });
            self.commands.push(StreamsCommand::Grant(place.id.clone()));
            free -= 1;
        }
        let waiting = self
            .places
            .iter()
            .filter(|place| place.wanted && !place.peek && place.may_go(now))
            .count();
        let leaving = self
            .places
            .iter()
            .filter(|p| p.turn.as_ref().is_some_and(|t| t.leaving))
            .count();
        self.make_room(now, waiting.saturating_sub(leaving + self.cooling.len()));
        if self.waiting() > 0 {
            for free_at in self.cooling.iter().copied() {
                self.deadline = Some(self.deadline.map_or(free_at, |known| known.min(free_at)));
            }
        }
        let rests = self
            .places
            .iter()
            .filter(|place| place.wanted && !place.may_go(now));
        for at in rests
            .filter_map(|place| place.rested_since)
            .map(|since| since.plus(REST_MS))
        {
            self.deadline = Some(self.deadline.map_or(at, |known| known.min(at)));
        }
    }

    /// Revokes as many streams as others wait, quiet and early ones first.
    fn make_room(&mut self, now: Time, mut needed: usize) {
        while needed > 0 {
            let next = self
                .places
                .iter_mut()
                .filter(|place| !place.stays)
                .filter_map(|place| {
                    let turn = place.turn.as_mut().filter(|turn| !turn.leaving)?;
                    let may_end_at = if place.peek {
                        Time::default()
                    } else {
                        turn.may_end_at()
                    };
                    Some((may_end_at, turn.since, &place.id, turn))
                })
                .min_by_key(|(at, since, ..)| (*at, *since));
            let Some((at, _, id, turn)) = next else { return };
            if at > now {
                self.deadline = Some(at);
                return;
            }
            turn.leaving = true;
            self.commands.push(StreamsCommand::Revoke(id.clone()));
            needed -= 1;
        }
    }
}

fn find<'a>(places: &'a mut [Place], id: &str) -> Option<&'a mut Place> {
    places.iter_mut().find(|place| place.id == id)
}

impl Turn {
    fn may_end_at(&self) -> Time {
        let Some(opened_at) = self.opened_at else {
            return self.since.plus(OPENING_MS);
        };
        let quiet = self.progress_at.plus(QUIET_MS).max(opened_at.plus(MIN_STAY_MS));
        quiet.min(opened_at.plus(MAX_STAY_MS))
    }
}

impl Place {
    /// Whether it is worth a connect now.
    fn may_go(&self, now: Time) -> bool {
        self.news || self.rested_since.is_none_or(|since| now >= since.plus(REST_MS))
    }
}
