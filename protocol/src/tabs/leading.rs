//! The leading tab, which sends frames to the others.

use super::frames::Batch;
use super::message::Message;
use super::{TabsCommand, TabsMachine};
use crate::{Connection, EventLog, Failure, RunMachine, RunStatus, Time};

/// The same if the leading tab itself ended the others' streams: they reconnect after their delay.
const LINGER_LOST_MS: u64 = 60_000;
/// How many chunks may be in transit to a tab, each of up to 64 KiB and an event.
const WINDOW: u32 = 8;

/// The leading tab's state of a run.
#[derive(Debug)]
pub struct Served<'a> {
    run_id: Option<&'a str>,
    log: &'a EventLog,
    heartbeats: u64,
    standing: Standing,
}

#[derive(Debug)]
enum Standing {
    Open,
    /// The stream is not open yet, or not open at the moment.
    Opening,
    /// The connection was lost and will be tried again.
    Lost(Failure),
    /// Nothing more will arrive.
    Drained,
    /// The server refuses, or no longer knows the handler.
    Refused(Failure),
}

impl<'a> Served<'a> {
    /// The state of this machine.
    pub fn of(machine: &'a RunMachine) -> Self {
        let standing = match machine.connection() {
            Connection::Live | Connection::Stalled { .. } => Standing::Open,
            Connection::Idle | Connection::Connecting => Standing::Opening,
            Connection::Retrying { cause, .. } => Standing::Lost(cause.clone()),
            Connection::Closed => match machine.problem() {
                Some(problem) => Standing::Refused(problem.clone()),
                None if machine.status() == RunStatus::Gone => {
                    Standing::Refused(Failure::status(404, "Handler not found"))
                }
                None => Standing::Drained,
            },
        };
        Self {
            run_id: machine.run_id(),
            log: machine.log(),
            heartbeats: machine.wire().heartbeats,
            standing,
        }
    }
}

impl TabsMachine {
    /// Forwards new data of a run to the tabs that want it. Call it when the run changed, and when a command requests it.
    pub fn serve(&mut self, now: Time, handler: &str, served: &Served<'_>) {
        let wanted: Vec<(String, u64)> = self
            .led
            .iter()
            .filter(|(_, led)| led.handler == handler)
            .map(|(key, _)| key.clone())
            .collect();
        for key in wanted {
            if let Some(end) = self.serve_one(&key, served) {
                self.post(Some(&key.0), &end);
                self.leave(&key, now.plus(LINGER_LOST_MS));
            }
        }
    }

    /// Whether any tab wants this run through this one.
    pub fn is_led(&self, handler: &str) -> bool {
        self.led.values().any(|led| led.handler == handler)
    }

    fn serve_one(&mut self, key: &(String, u64), served: &Served<'_>) -> Option<Message> {
        let join = key.1;
        let led = self.led.get_mut(key)?;
        let Some(run_id) = served.run_id else {
            return match &served.standing {
                Standing::Refused(failure) => Some(Message::failed(join, failure)),
                Standing::Open | Standing::Opening | Standing::Lost(_) | Standing::Drained => None,
            };
        };
        if run_id != led.run_id {
            // One of the two tabs has outdated data: the other tab asks the server when its stream fails like this, and so do we.
            self.commands.push_back(TabsCommand::Refresh(led.handler.clone()));
            return Some(Message::failed(
                join,
                &Failure::unknown("Another tab follows another run of this handler."),
            ));
        }
        match &served.standing {
            Standing::Lost(_) if !led.accepted => return None,
            // A tab that is accepted takes silence for the end of the history, so it waits until there is a stream.
            Standing::Opening if !led.accepted && !Batch::has_events(served.log, led.after) => return None,
            Standing::Lost(cause) => {
                return Some(Message::failed(join, &Failure::network(cause.detail.clone())));
            }
            Standing::Refused(failure) => return Some(Message::failed(join, failure)),
            Standing::Open | Standing::Opening | Standing::Drained => {}
        }
        let mut messages = Vec::new();
        if !led.accepted {
            if Batch::is_evicted(served.log, led.after) {
                return Some(Message::Elsewhere { join });
            }
            led.accepted = true;
            led.heartbeats = served.heartbeats;
            messages.push((Message::Accepted { join }, Vec::new()));
        }
        while led.on_way < WINDOW {
            let batch = Batch::read(served.log, led.after);
            // A cursor has no sequence above its own latest one: later data is forwarded once.
            let Some(last) = batch.last.filter(|last| *last > led.after) else {
                if batch.evicted {
                    let lost = Failure::network("The leading tab no longer has these events.");
                    return Some(Message::failed(join, &lost));
                }
                if matches!(served.standing, Standing::Drained) && led.on_way == 0 {
                    return Some(Message::Drained { join });
                }
                if led.heartbeats != served.heartbeats {
                    led.heartbeats = served.heartbeats;
                    led.on_way += 1;
                    let after = led.after;
                    messages.push((Message::Frames { join, after }, b": heartbeat\n\n".to_vec()));
                }
                break;
            };
            led.after = last;
            led.on_way += 1;
            messages.push((Message::Frames { join, after: last }, batch.bytes));
        }
        for (message, body) in messages {
            let message = message.write(&self.me, &body);
            self.commands.push_back(TabsCommand::Post {
                to: Some(key.0.clone()),
                message,
            });
        }
        None
    }

    /// A stream no longer goes through this tab. The run is kept for a while if it was the last one, unless it was only polled.
    pub(super) fn leave(&mut self, key: &(String, u64), until: Time) {
        let Some(led) = self.led.shift_remove(key) else {
            return;
        };
        if self.is_led(&led.handler) {
            return;
        }
        if led.peek {
            self.commands.push_back(TabsCommand::Unwatch(led.handler));
        } else {
            self.lingering.insert(led.handler, until);
        }
    }
}
