//! The workflow server of the simulation: runs, their stored frames, and its moods.

use workflow_protocol::{Failure, Handler};

use crate::random::Random;

#[derive(Debug)]
pub struct Stored {
    pub sequence: u64,
    pub value: String,
    pub frame: Vec<u8>,
    /// The server ends each stream behind it.
    pub terminal: bool,
}

#[derive(Debug)]
pub struct Run {
    pub id: String,
    /// In the order in which they were stored.
    pub events: Vec<Stored>,
    /// The handler's status word.
    pub status: &'static str,
    /// Nothing more will be stored. A row can say `completed` before: a nested workflow's stop event was passed on.
    pub over: bool,
    result: Option<String>,
    /// Steps are shown.
    steps: bool,
    /// Stop events of nested workflows that are still to come.
    forwards: u64,
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
        let event = self.events.get(index)?;
        let sendable = self.unsendable != Some(index);
        Some((event.sequence, if sendable { &event.value } else { "" }))
    }

    /// Whether a stream from this index on ends by itself.
    pub fn ends(&self, from: usize) -> bool {
        self.over || self.events.iter().skip(from).any(|event| event.terminal)
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
            // Tokens expire; a client that requests headers again gets a valid one.
            self.token += 1;
        }
        if self.left > 0 {
            self.left -= 1;
            for _ in 0..random.between(1, 4) {
                self.store(random, "Progress", "null");
            }
            self.forward(now, random);
            self.next = Some(now + random.between(0, 4_000));
            if !self.calm && random.chance(2) {
                self.restart(random);
            }
            return;
        }
        let ended = self.runs.last().is_some_and(|run| run.over);
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
            r#"{{"handler_id":"h","workflow_name":"w","run_id":"{}","status":"{}","started_at":"{}","updated_at":"{}","result":{}}}"#,
            run.id,
            run.status,
            time(run.started),
            time(run.updated),
            run.result.as_ref().map_or_else(
                || "null".to_owned(),
                |value| format!(r#"{{"value":{value},"type":"StopEvent","types":null}}"#)
            )
        );
        Ok(Handler::parse(&text).expect("a handler"))
    }

    /// What the opening of a stream says: the run that it will serve for good, or none left (204).
    pub fn open(&self, token: u64, after: i64) -> Result<Option<(usize, usize)>, Failure> {
        self.admit(token)?;
        let Some(run) = self.latest() else {
            return Err(Failure::status(404, "Handler not found"));
        };
        let from = run.events.partition_point(|event| event.sequence as i64 <= after);
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
        let unsendable = (!gaps && random.chance(10)).then(|| random.below(30) as usize);
        let steps = random.chance(70);
        let forwards = if steps && !gaps && unsendable.is_none() && random.chance(30) {
            random.between(1, 3)
        } else {
            0
        };
        self.runs.push(Run {
            id,
            events: Vec::new(),
            status: "running",
            over: false,
            result: None,
            steps,
            forwards,
            started,
            updated: started,
            gaps,
            unsendable,
        });
        if steps {
            self.store(random, "StepStateChanged", "[\"InternalDispatchEvent\"]");
        }
    }

    /// A step passes a nested workflow's stop event on: the server takes it for the run's.
    fn forward(&mut self, now: u64, random: &mut Random) {
        let due = self.runs.last().is_some_and(|run| run.forwards > 0);
        if due && random.chance(20) {
            self.store(random, "StopEvent", "null");
            if let Some(run) = self.runs.last_mut() {
                run.forwards -= 1;
                run.status = "completed";
                run.result = run.events.last().map(|event| event.value.clone());
                run.updated = now;
            }
        }
    }

    fn store(&mut self, random: &mut Random, class: &str, types: &str) {
        let Some(run) = self.runs.last_mut() else { return };
        let skip = if run.gaps && random.chance(20) {
            random.between(1, 5)
        } else {
            0
        };
        let sequence = run.events.last().map_or(0, |event| event.sequence + 1) + skip;
        let value = match class {
            "StepStateChanged" => {
                let running = run.events.is_empty();
                let state = if running { "running" } else { "not_running" };
                let output = if running {
                    "null"
                } else {
                    r#""<class 'app.StopEvent'>""#
                };
                format!(
                    r#"{{"name":"work","step_state":"{state}","worker_id":"0","input_event_name":"StartEvent","output_event_name":{output}}}"#
                )
            }
            _ => format!(
                "{{\"run\":\"{}\",\"n\":{sequence},\"text\":\"Grüße 🦙{}\"}}",
                run.id,
                "x".repeat(random.below(40) as usize)
            ),
        };
        let frame = format!(
            "id: {sequence}\ndata: {{\"value\":{value},\"qualified_name\":\"app.{class}\",\"type\":\"{class}\",\"types\":{types}}}\n\n"
        );
        run.events.push(Stored {
            sequence,
            value,
            frame: frame.into_bytes(),
            terminal: class == "StopEvent" || types.contains("StopEvent"),
        });
    }

    fn end(&mut self, now: u64, random: &mut Random) {
        let (status, class, types) = match random.below(4) {
            0 => ("failed", "WorkflowFailedEvent", "[\"StopEvent\"]"),
            1 => ("failed", "WorkflowTimedOutEvent", "[\"StopEvent\"]"),
            2 => ("cancelled", "WorkflowCancelledEvent", "[\"StopEvent\"]"),
            _ => ("completed", "StopEvent", "null"),
        };
        if status == "completed" && self.runs.last().is_some_and(|run| run.steps) {
            self.store(random, "StepStateChanged", "[\"InternalDispatchEvent\"]");
        }
        self.store(random, class, types);
        if let Some(run) = self.runs.last_mut() {
            run.status = status;
            run.over = true;
            run.result = (status == "completed")
                .then(|| run.events.last().map(|event| event.value.clone()))
                .flatten();
            run.updated = now;
        }
    }

    /// A durable store: what was stored stays; the steps at work run again and publish again, under new sequences.
    fn restart(&mut self, random: &mut Random) {
        self.down = true;
        for _ in 0..random.below(4) {
            self.store(random, "Progress", "null");
        }
    }
}
