//! Tabs, people, storage and the network between them and the server.

use std::collections::{BTreeMap, HashMap};

use workflow_protocol::{
    Claim, Failure, FailureKind, PromptState, RawJson, RunCommand, RunInput, RunMachine, RunOptions,
    StreamEnd, Time,
};

use crate::random::Random;
use crate::server::{Kind, Server};

/// How long people click and the network fails, and how long it may take to settle then, in milliseconds.
const STORM_MS: u64 = 60_000;
const CALM_MS: u64 = 30 * 60_000;

/// Something that must not be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Tabs don't claim.
    NoClaims,
    /// A page that is reloaded does not know what the one before sent, and tabs don't claim.
    ForgetsSent,
}

/// What happens next. Everything that goes to a page names the page, since it may be gone by then.
#[derive(Clone, Debug)]
enum Event {
    Handler {
        page: usize,
        epoch: u32,
    },
    Opened {
        page: usize,
        epoch: u32,
        after: i64,
    },
    Deliver {
        page: usize,
        epoch: u32,
    },
    Tick {
        page: usize,
    },
    Heard {
        page: usize,
        prompt: u64,
    },
    Claim {
        page: usize,
        ticket: u64,
        prompt: u64,
        before: Option<Claim>,
        claim: Claim,
    },
    Arrives {
        page: usize,
        ticket: u64,
        prompt: u64,
        reply: bool,
        right: bool,
    },
    /// Somebody with another browser answers a prompt.
    Foreign,
    GoesOn,
    Reply {
        page: usize,
        ticket: u64,
        result: Result<(), Failure>,
    },
    Clicks {
        tab: usize,
    },
    Reload {
        tab: usize,
    },
}

struct Page {
    machine: RunMachine,
    stream: Option<(u32, usize)>,
    /// The tick that is due.
    tick: Option<u64>,
    alive: bool,
    tab: usize,
}

pub struct World {
    random: Random,
    seed: u64,
    fault: Option<Fault>,
    now: u64,
    storm: u64,
    count: u64,
    events: BTreeMap<(u64, u64), Event>,
    server: Server,
    /// How many in a hundred answers are wrong.
    mistakes: u64,
    foreigners: bool,
    pages: Vec<Page>,
    /// The page that each tab shows.
    tabs: Vec<usize>,
    /// What each tab keeps over a reload.
    sent: Vec<String>,
    claims: HashMap<u64, Claim>,
    clicks: usize,
}

impl World {
    pub fn new(seed: u64, fault: Option<Fault>) -> Self {
        let mut random = Random::new(seed);
        let kind = match random.below(5) {
            0 => Kind::OneByOne,
            1 => Kind::Parallel,
            2 => Kind::Waiting,
            3 => Kind::Waiters,
            _ => Kind::BusyWaiters,
        };
        let prompts = random.between(1, if kind.is_waiters() { 6 } else { 4 }) as usize;
        // In some worlds people mistype, or others answer too: then an answer may be given in vain.
        let mistakes = if kind.is_waiters() && random.chance(40) {
            25
        } else {
            0
        };
        let foreigners = kind.is_waiters() && random.chance(30);
        let tabs = random.between(1, 3) as usize;
        let storm = random.between(5_000, STORM_MS);
        let mut world = Self {
            random,
            seed,
            fault,
            now: 1_000_000,
            storm: 1_000_000 + storm,
            count: 0,
            events: BTreeMap::new(),
            server: Server::new(kind, prompts),
            mistakes,
            foreigners,
            pages: Vec::new(),
            tabs: Vec::new(),
            sent: vec![String::new(); tabs],
            claims: HashMap::new(),
            clicks: 0,
        };
        for _ in 0..8 {
            let at = world.random.below(storm);
            world.later(at, Event::GoesOn);
            if foreigners {
                let at = world.random.below(storm);
                world.later(at, Event::Foreign);
            }
        }
        for tab in 0..tabs {
            world.tabs.push(0);
            world.load(tab);
            for _ in 0..world.random.below(6) {
                let at = world.random.below(storm);
                world.later(at, Event::Reload { tab });
            }
            let at = world.random.below(2_000);
            world.later(at, Event::Clicks { tab });
        }
        world
    }

    fn later(&mut self, delay: u64, event: Event) {
        self.count += 1;
        self.events.insert((self.now + delay, self.count), event);
    }

    fn calm(&self) -> bool {
        self.now >= self.storm
    }

    /// What a request or a message takes on its way.
    fn way(&mut self) -> u64 {
        if !self.calm() && self.random.chance(10) {
            self.random.below(8_000)
        } else {
            self.random.between(1, 60)
        }
    }

    /// Shows a new page in a tab, which finds what the one before kept.
    fn load(&mut self, tab: usize) {
        if let Some(before) = self.pages.get_mut(self.tabs[tab]) {
            before.alive &= before.tab != tab;
        }
        let page = self.pages.len();
        self.pages.push(Page {
            machine: RunMachine::new(
                "h",
                RunOptions {
                    seed: self.seed * 1_000 + page as u64,
                    ..RunOptions::default()
                },
            ),
            stream: None,
            tick: None,
            alive: true,
            tab,
        });
        self.tabs[tab] = page;
        if !self.sent[tab].is_empty() && self.fault != Some(Fault::ForgetsSent) {
            let text = self.sent[tab].clone();
            self.give(page, RunInput::SentBefore(text));
        }
        self.give(page, RunInput::ResponseClasses(vec!["Answer".to_owned()]));
        self.give(page, RunInput::Watch);
    }

    fn give(&mut self, at: usize, input: RunInput<'_>) {
        let now = Time(self.now);
        let page = &mut self.pages[at];
        if !page.alive {
            return;
        }
        let changes = page.machine.handle(now, input);
        if changes.sent {
            self.sent[page.tab] = page.machine.sent_text();
        }
        let commands: Vec<RunCommand> = std::iter::from_fn(|| page.machine.poll_command()).collect();
        let deadline = page.machine.next_deadline().map(|at| at.0);
        if deadline != page.tick {
            page.tick = deadline;
            if let Some(deadline) = deadline {
                self.later(deadline.saturating_sub(self.now), Event::Tick { page: at });
            }
        }
        for command in commands {
            self.command(at, &command);
        }
    }

    fn command(&mut self, page: usize, command: &RunCommand) {
        match *command {
            RunCommand::ReadHandler { epoch } => {
                let way = self.way();
                self.later(way, Event::Handler { page, epoch });
            }
            RunCommand::OpenStream { epoch, after } => {
                let way = self.way();
                self.later(way, Event::Opened { page, epoch, after });
            }
            RunCommand::CloseStream => self.pages[page].stream = None,
            RunCommand::Answer {
                ticket,
                prompt,
                before,
                claim,
                ..
            } => {
                let way = self.random.below(20);
                self.later(
                    way,
                    Event::Claim {
                        page,
                        ticket,
                        prompt,
                        before,
                        claim,
                    },
                );
            }
            RunCommand::StoreClaim { prompt, claim } => self.keep(page, prompt, claim),
            RunCommand::LookUpClaim { prompt } => {
                let claim = self.claims.get(&prompt).copied();
                self.give(page, RunInput::Claimed { prompt, claim });
            }
        }
    }

    /// Writes a claim and notifies the other tabs.
    fn keep(&mut self, page: usize, prompt: u64, claim: Option<Claim>) {
        if self.fault.is_some() {
            return;
        }
        match claim {
            Some(claim) => self.claims.insert(prompt, claim),
            None => self.claims.remove(&prompt),
        };
        let others: Vec<usize> = self.tabs.iter().copied().filter(|other| *other != page).collect();
        for page in others {
            let way = self.random.below(200);
            self.later(way, Event::Heard { page, prompt });
        }
    }

    /// Does what happens next. False: everything has come to rest.
    pub fn step(&mut self) -> bool {
        let Some(((at, _), event)) = self.events.pop_first() else {
            return false;
        };
        self.now = self.now.max(at);
        assert!(
            self.now < self.storm + CALM_MS,
            "not settled {CALM_MS} ms after the last fault: {}",
            self.words()
        );
        match event {
            Event::Handler { page, epoch } => {
                let result = self
                    .fault_of_network()
                    .map_or_else(|| Ok(self.server.handler()), Err);
                self.give(page, RunInput::HandlerRead { epoch, result });
            }
            Event::Opened { page, epoch, after } => self.open(page, epoch, after),
            Event::Deliver { page, epoch } => self.deliver(page, epoch),
            Event::Tick { page } => {
                if self.pages[page].tick.is_some_and(|due| due <= self.now) {
                    self.pages[page].tick = None;
                    self.give(page, RunInput::Tick);
                }
            }
            Event::Heard { page, prompt } => {
                let claim = self.claims.get(&prompt).copied();
                self.give(page, RunInput::Claimed { prompt, claim });
            }
            Event::Claim {
                page,
                ticket,
                prompt,
                before,
                claim,
            } => self.claim(page, ticket, prompt, before, claim),
            Event::Arrives {
                page,
                ticket,
                prompt,
                reply,
                right,
            } => {
                // A request that is on its way arrives, also when its page is gone.
                let taken = self.server.answer(prompt, right);
                let result = if taken {
                    Ok(())
                } else {
                    Err(Failure::status(409, "Workflow already completed"))
                };
                if reply {
                    let way = self.way();
                    self.later(way, Event::Reply { page, ticket, result });
                } else {
                    let result = Err(self.lost());
                    let way = self.random.below(10_000);
                    self.later(way, Event::Reply { page, ticket, result });
                }
            }
            Event::Reply { page, ticket, result } => {
                self.give(page, RunInput::SendSettled { ticket, result });
            }
            Event::GoesOn => self.server.go_on(),
            Event::Foreign => {
                let open = self.server.open.len() as u64;
                let at = self.random.below(open) as usize;
                if let Some(prompt) = self.server.open.get(at).copied() {
                    self.server.answer(prompt, self.random.chance(80));
                }
            }
            Event::Clicks { tab } => self.click(tab),
            Event::Reload { tab } => self.load(tab),
        }
        true
    }

    fn fault_of_network(&mut self) -> Option<Failure> {
        (!self.calm() && self.random.chance(8)).then(|| Failure::network("reset"))
    }

    fn lost(&mut self) -> Failure {
        match self.random.below(3) {
            0 => Failure::network("reset"),
            1 => Failure::status(502, "Bad gateway"),
            _ => Failure {
                kind: FailureKind::Timeout,
                ..Failure::network("timeout")
            },
        }
    }

    fn open(&mut self, page: usize, epoch: u32, after: i64) {
        if let Some(failure) = self.fault_of_network() {
            let end = StreamEnd::Failed(failure);
            self.give(page, RunInput::StreamEnded { epoch, end });
            return;
        }
        let next = (after + 1) as usize;
        if self.server.ended && next >= self.server.frames.len() {
            let end = StreamEnd::NoContent;
            self.give(page, RunInput::StreamEnded { epoch, end });
            return;
        }
        self.pages[page].stream = Some((epoch, next));
        self.give(page, RunInput::StreamOpened { epoch });
        self.later(1, Event::Deliver { page, epoch });
    }

    fn deliver(&mut self, at: usize, epoch: u32) {
        let Some((open, next)) = self.pages[at].stream else {
            return;
        };
        if open != epoch || !self.pages[at].alive {
            return;
        }
        if !self.calm() && self.random.chance(3) {
            self.pages[at].stream = None;
            let end = StreamEnd::Closed;
            self.give(at, RunInput::StreamEnded { epoch, end });
            return;
        }
        let there = self.server.frames.len();
        // Some tabs are far behind.
        let most = if self.random.chance(50) { 1 } else { 8 };
        let until = there.min(next + most);
        if next < until {
            let bytes = self.server.frames[next..until].concat().into_bytes();
            self.pages[at].stream = Some((epoch, until));
            self.give(at, RunInput::StreamBytes { epoch, bytes: &bytes });
        } else if self.server.ended {
            self.pages[at].stream = None;
            let end = StreamEnd::Closed;
            self.give(at, RunInput::StreamEnded { epoch, end });
            return;
        } else if self.random.chance(10) {
            self.give(
                at,
                RunInput::StreamBytes {
                    epoch,
                    bytes: b": heartbeat\n\n",
                },
            );
        }
        let pause = if self.calm() {
            100
        } else {
            self.random.between(10, 1_500)
        };
        self.later(pause, Event::Deliver { page: at, epoch });
    }

    /// Of several tabs that claim, one succeeds.
    fn claim(&mut self, page: usize, ticket: u64, prompt: u64, before: Option<Claim>, claim: Claim) {
        if !self.pages[page].alive {
            return;
        }
        let stored = self.claims.get(&prompt).copied();
        if self.fault.is_none() && !Claim::may_replace(stored.as_ref(), before.as_ref()) {
            self.give(
                page,
                RunInput::AnswerDenied {
                    ticket,
                    claim: stored,
                },
            );
            return;
        }
        self.keep(page, prompt, Some(claim));
        let way = self.way();
        let right = !self.random.chance(self.mistakes);
        match self.random.below(if self.calm() { 6 } else { 10 }) {
            0..6 => self.later(
                way,
                Event::Arrives {
                    page,
                    ticket,
                    prompt,
                    reply: true,
                    right,
                },
            ),
            6 => self.later(
                way,
                Event::Arrives {
                    page,
                    ticket,
                    prompt,
                    reply: false,
                    right,
                },
            ),
            7 => {
                let result = Err(self.lost());
                self.later(way, Event::Reply { page, ticket, result });
            }
            8 => {
                let result = Err(Failure::status(400, "choice: Field required"));
                self.later(way, Event::Reply { page, ticket, result });
            }
            // The page is gone before the request is made.
            _ => {
                let tab = self.pages[page].tab;
                self.load(tab);
            }
        }
    }

    /// A person looks at a tab, and answers what it offers, often twice.
    fn click(&mut self, tab: usize) {
        let page = self.tabs[tab];
        let offered: Vec<(u64, PromptState)> = self.pages[page]
            .machine
            .prompts()
            .iter()
            .map(|prompt| (prompt.sequence, prompt.state))
            .collect();
        for (prompt, state) in offered {
            let wanted = match state {
                PromptState::Open | PromptState::Unhandled => self.random.chance(60),
                // A person who looks first whether the answer arrived, or still may. Where answers may be wrong, one who tries again.
                PromptState::Unknown if self.is_exact() => self.calm() && !self.may_have_arrived(prompt),
                PromptState::Unknown => self.calm() && self.random.chance(30),
                // One who clicks all the same.
                PromptState::Sending | PromptState::Sent => self.random.chance(20),
                PromptState::Closed => false,
            };
            if wanted {
                for _ in 0..self.random.between(1, 3) {
                    self.clicks += 1;
                    let input = RunInput::Respond {
                        prompt,
                        class: "Answer".to_owned(),
                        value: RawJson::parse("{}").expect("JSON"),
                    };
                    self.give(page, input);
                }
            }
        }
        // Two tabs at the same moment, now and then.
        if self.random.chance(30) {
            let other = self.random.below(self.tabs.len() as u64) as usize;
            if other != tab {
                self.later(0, Event::Clicks { tab: other });
            }
            return self.look_again(tab);
        }
        self.look_again(tab);
    }

    fn may_have_arrived(&self, wanted: u64) -> bool {
        let on_its_way = |event: &Event| matches!(event, Event::Arrives { prompt, .. } if *prompt == wanted);
        self.server.arrived.contains(&wanted) || self.events.values().any(on_its_way)
    }

    fn look_again(&mut self, tab: usize) {
        let waiting = self
            .events
            .values()
            .any(|event| matches!(event, Event::Clicks { tab: other } if *other == tab));
        if !self.server.ended && !waiting {
            let pause = self.random.between(50, 3_000);
            self.later(pause, Event::Clicks { tab });
        }
    }

    /// Whether each answer is right, and nobody else answers.
    fn is_exact(&self) -> bool {
        self.mistakes == 0 && !self.foreigners
    }

    /// Holds at every moment: a page that has read all events hides no open question. Where answers may be wrong, this is checked while the
    /// page sends nothing: what it sends may be the answer that was not taken.
    fn check_hidden(&self) {
        for page in self.tabs.iter().map(|page| &self.pages[*page]) {
            let mut prompts = page.machine.prompts().iter();
            let is_sending = prompts.any(|prompt| prompt.state == PromptState::Sending);
            let is_checked = self.is_exact() || !is_sending;
            if page.machine.log().len() < self.server.frames.len() || !is_checked {
                continue;
            }
            for open in &self.server.open {
                let prompt = page
                    .machine
                    .prompts()
                    .iter()
                    .find(|prompt| prompt.sequence == *open);
                assert!(
                    prompt.is_some_and(|prompt| prompt.state != PromptState::Closed),
                    "an open question is hidden: {open}, {}",
                    self.words()
                );
            }
        }
    }

    /// Holds at every moment.
    pub fn check_always(&self) {
        self.check_hidden();
        if !self.is_exact() {
            return;
        }
        for prompt in &self.server.arrived {
            let answers = self
                .server
                .arrived
                .iter()
                .filter(|other| *other == prompt)
                .count();
            let unhandled = self
                .server
                .unhandled
                .iter()
                .filter(|other| *other == prompt)
                .count();
            assert!(
                answers - unhandled <= 1,
                "prompt {prompt} was answered {answers} times: {}",
                self.words()
            );
        }
        assert!(
            self.server.unhandled.is_empty(),
            "an answer was one too many: {}",
            self.words()
        );
    }

    /// Holds when everything has come to rest.
    pub fn check_settled(&self) {
        assert!(self.server.ended, "the run was never answered: {}", self.words());
        for page in self.tabs.iter().map(|page| &self.pages[*page]) {
            assert_eq!(
                page.machine.log().len(),
                self.server.frames.len(),
                "a tab is behind: {}",
                self.words()
            );
            for prompt in page.machine.prompts() {
                assert_eq!(prompt.state, PromptState::Closed, "a ghost: {}", self.words());
            }
        }
    }

    pub fn counts(&self) -> (usize, usize) {
        (self.server.arrived.len(), self.clicks)
    }

    fn words(&self) -> String {
        let tabs: Vec<_> = self
            .tabs
            .iter()
            .map(|page| {
                let machine = &self.pages[*page].machine;
                let prompts: Vec<_> = machine.prompts().iter().map(|p| (p.sequence, p.state)).collect();
                (machine.log().len(), machine.connection().as_str(), prompts)
            })
            .collect();
        format!(
            "seed {} at {}: open {:?}, taken {:?}, arrived {:?}, unhandled {:?}; tabs {tabs:?}; claims {:?}",
            self.seed,
            self.now,
            self.server.open,
            self.server.taken,
            self.server.arrived,
            self.server.unhandled,
            self.claims
        )
    }
}
