//! The workflow server of the simulation: runs, their stored frames, and its moods.

use workflow_protocol::{Failure, Handler};

use crate::random::Random;

#[derive(Debug)]
pub struct Run {
    pub id: String,
    /// Sequence, payload and the frame's bytes, in the order in which they were stored.
    pub events: Vec<(u64, String, Vec<u8>)>,
    /// The handler's status word.
    pub status: &'static str,
    started: u64,
    updated: u64,
    /// A store may lack events (observed for the cloud store): ids then have gaps.
    gaps: bool,
    /// The index of an event that the server stores and cannot send: streams that come to it break.
    pub unsendable: Option<usize>,
}

impl Run {
    /// What a client has to show for an event.
    pub fn shown(&self, index: usize) -> Option<(u64, &str)> {
        let (sequence, value, _) = self.events.get(index)?;
        let sendable = self.unsendable != Some(index);
        Some((*sequence, if sendable { value } else { "" }))
    }
}

#[derive(Debug)]
pub struct Server {
    pub runs: Vec<Run>,
    pub calm: bool,
    /// Nobody listens: connections are refused.
    pub down: bool,
    /// The handler was purged, or lost with a restart.
    pub purged: bool,
    token: u64,
    next: Option<u64>,
    left: u64,
    continuations: u64,
}

impl Server {
    pub fn new(random: &mut Random) -> Self {
        let mut server = Self {
            runs: Vec::new(),
            calm: false,
            down: false,
            purged: false,
            token: 0,
            next: Some(0),
            left: random.below(60),
            continuations: random.below(3),
        };
        server.begin(0, random);
        server
    }

    pub fn latest(&self) -> Option<&Run> {
        (!self.purged).then(|| self.runs.last()).flatten()
    }

    pub fn run(&self, id: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// Whether nothing more will happen by itself.
    pub const fn is_quiet(&self) -> bool {
        self.next.is_none() && !self.down
    }

    pub const fn next_action(&self) -> Option<u64> {
        self.next
    }

    /// One thing that happens at the server.
    pub fn act(&mut self, now: u64, random: &mut Random) {
        self.down = !self.calm && random.chance(3);
        if !self.calm && random.chance(5) {
            // Tokens expire; who asks for headers anew gets a good one.
            self.token += 1;
        }
        if self.left > 0 {
            self.left -= 1;
            for _ in 0..random.between(1, 4) {
                self.store(random, None);
            }
            self.next = Some(now + random.between(0, 4_000));
            if !self.calm && random.chance(2) {
                self.restart(random);
            }
            return;
        }
        let ended = self.runs.last().is_some_and(|run| run.status != "running");
        if !ended {
            if random.chance(10) && self.calm {
                // A run that waits for ever, for a person or by a bug.
                self.next = None;
                return;
            }
            self.end(now, random);
            self.next = Some(now + random.between(0, 10_000));
        } else if self.continuations > 0 {
            self.continuations -= 1;
            self.left = random.below(30);
            self.begin(now, random);
            self.next = Some(now + random.between(0, 3_000));
        } else {
            self.purged = !self.calm && random.chance(3);
            self.down = false;
            self.next = None;
        }
    }

    /// What a GET of the handler says.
    pub fn handler(&self, token: u64) -> Result<Handler, Failure> {
        self.admit(token)?;
        let Some(run) = self.latest() else {
            return Err(Failure::status(404, "Handler not found"));
        };
        let time = |at: u64| {
            format!(
                "2026-11-20T{:02}:{:02}:{:02}.{:03}000+00:00",
                at / 3_600_000 % 24,
                at / 60_000 % 60,
                at / 1_000 % 60,
                at % 1_000
            )
        };
        let text = format!(
            r#"{{"handler_id":"h","workflow_name":"w","run_id":"{}","status":"{}","started_at":"{}","updated_at":"{}"}}"#,
            run.id,
            run.status,
            time(run.started),
            time(run.updated)
        );
        Ok(Handler::parse(&text).expect("a handler"))
    }

    /// What the opening of a stream says: the run that it will serve for good, or none left (204).
    pub fn open(&self, token: u64, after: i64) -> Result<Option<(usize, usize)>, Failure> {
        self.admit(token)?;
        let Some(run) = self.latest() else {
            return Err(Failure::status(404, "Handler not found"));
        };
        let from = run
            .events
            .partition_point(|(sequence, ..)| *sequence as i64 <= after);
        if from == run.events.len() && run.status != "running" {
            return Ok(None);
        }
        Ok(Some((self.runs.len() - 1, from)))
    }

    fn admit(&self, token: u64) -> Result<(), Failure> {
        if self.down {
            return Err(Failure::network("connection refused"));
        }
        if token < self.token {
            return Err(Failure::status(401, "token expired"));
        }
        Ok(())
    }

    pub const fn token(&self) -> u64 {
        self.token
    }

    fn begin(&mut self, now: u64, random: &mut Random) {
        let id = format!("run{}", self.runs.len());
        let gaps = random.chance(10);
        // Starts of one handler are never in the same millisecond: the run before has to end first.
        let started = now + self.runs.len() as u64;
        self.runs.push(Run {
            id,
            events: Vec::new(),
            status: "running",
            started,
            updated: started,
            gaps,
            unsendable: (!gaps && random.chance(10)).then(|| random.below(30) as usize),
        });
    }

    fn store(&mut self, random: &mut Random, class: Option<(&str, &str)>) {
        let Some(run) = self.runs.last_mut() else { return };
        let skip = if run.gaps && random.chance(20) {
            random.between(1, 5)
        } else {
            0
        };
        let sequence = run.events.last().map_or(0, |(sequence, ..)| sequence + 1) + skip;
        let (class, types) = class.unwrap_or(("Progress", "null"));
        let value = format!(
            "{{\"run\":\"{}\",\"n\":{sequence},\"text\":\"Grüße 🦙{}\"}}",
            run.id,
            "x".repeat(random.below(40) as usize)
        );
        let frame = format!(
            "id: {sequence}\ndata: {{\"value\":{value},\"qualified_name\":\"app.{class}\",\"type\":\"{class}\",\"types\":{types}}}\n\n"
        );
        run.events.push((sequence, value, frame.into_bytes()));
    }

    fn end(&mut self, now: u64, random: &mut Random) {
        let (status, class, types) = match random.below(4) {
            0 => ("failed", "WorkflowFailedEvent", "[\"StopEvent\"]"),
            1 => ("failed", "WorkflowTimedOutEvent", "[\"StopEvent\"]"),
            2 => ("cancelled", "WorkflowCancelledEvent", "[\"StopEvent\"]"),
            _ => ("completed", "StopEvent", "null"),
        };
        self.store(random, Some((class, types)));
        if let Some(run) = self.runs.last_mut() {
            run.status = status;
            run.updated = now;
        }
    }

    /// A durable store: what was stored stays; the steps at work run again and publish again, under new sequences.
    fn restart(&mut self, random: &mut Random) {
        self.down = true;
        for _ in 0..random.below(4) {
            self.store(random, None);
        }
    }
}
