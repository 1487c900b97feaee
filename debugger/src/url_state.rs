//! The page's state in the address bar: a plain value, and its conversion from and to a query string.
//!
//! Independent of the browser. The same address, opened by reload, link or Back, shows the same state.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Characters that have a meaning in a query string or that browsers change. Slashes and colons stay readable.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'&')
    .add(b'+')
    .add(b'=')
    .add(b'%')
    .add(b'\'')
    .add(b'`');

/// The value of `page` that shows the monitor.
const MONITOR: &str = "monitor";

/// The tabs of the open run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// The list of events; not written into the address.
    #[default]
    Events,
    /// When the steps ran.
    Timeline,
    /// The workflow's graph.
    Graph,
    /// The run's result.
    Result,
    /// The traffic of the connection.
    Wire,
    /// The work of the steps, as text.
    Log,
    /// The turns of agents.
    Agents,
}

impl View {
    /// The name in the address, which is also the tab's key.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Timeline => "timeline",
            Self::Graph => "graph",
            Self::Result => "result",
            Self::Wire => "wire",
            Self::Log => "log",
            Self::Agents => "agents",
        }
    }

    /// The tab of a name; the events for unknown names.
    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "timeline" => Self::Timeline,
            "graph" => Self::Graph,
            "result" => Self::Result,
            "wire" => Self::Wire,
            "log" => Self::Log,
            "agents" => Self::Agents,
            _ => Self::Events,
        }
    }
}

/// What is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UrlState {
    /// The server, if the address names one.
    pub(crate) api: Option<String>,
    /// The workflow chosen for a start.
    pub(crate) workflow: Option<String>,
    /// Whether the monitor is shown instead of the debugger.
    pub(crate) monitor: bool,
    /// The deployment of the open run, while the monitor is shown.
    pub(crate) deployment: Option<String>,
    /// The handler of the open run.
    pub(crate) run: Option<String>,
    /// The sequence of the selected event.
    pub(crate) event: Option<u64>,
    /// The sequence of the last event that a replay shows.
    pub(crate) at: Option<u64>,
    /// The handler of the run that the open one is compared with.
    pub(crate) compare: Option<String>,
    /// The tab.
    pub(crate) view: View,
    /// The text that events are filtered by.
    pub(crate) filter: String,
    /// Parameters of other programs, kept unchanged.
    rest: Vec<String>,
}

impl UrlState {
    /// Reads a query string, with or without its question mark. Invalid parts are ignored.
    pub(crate) fn parse(query: &str) -> Self {
        let mut state = Self::default();
        for pair in query
            .trim_start_matches('?')
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            let some = (!value.is_empty()).then(|| value.clone());
            match name {
                "page" if value == MONITOR => state.monitor = true,
                "api" => state.api = some,
                "deployment" => state.deployment = some,
                "workflow" => state.workflow = some,
                "run" => state.run = some,
                "event" => state.event = value.parse().ok(),
                "at" => state.at = value.parse().ok(),
                "compare" => state.compare = some,
                "view" => state.view = View::parse(&value),
                "filter" => state.filter = value,
                _ => state.rest.push(pair.to_owned()),
            }
        }
        state
    }

    /// The query string, with its question mark; empty when nothing is open.
    pub(crate) fn to_query(&self) -> String {
        let mut query = String::new();
        let mut pair = |name: &str, value: &str| {
            if !value.is_empty() {
                separate(&mut query);
                query.push_str(name);
                query.push('=');
                query.extend(utf8_percent_encode(value, ESCAPED));
            }
        };
        if self.monitor {
            pair("page", MONITOR);
        }
        pair("api", self.api.as_deref().unwrap_or_default());
        pair("deployment", self.deployment.as_deref().unwrap_or_default());
        pair("workflow", self.workflow.as_deref().unwrap_or_default());
        pair("run", self.run.as_deref().unwrap_or_default());
        for (name, sequence) in [("event", self.event), ("at", self.at)] {
            pair(
                name,
                &sequence.map(|sequence| sequence.to_string()).unwrap_or_default(),
            );
        }
        pair("compare", self.compare.as_deref().unwrap_or_default());
        if self.view != View::default() {
            pair("view", self.view.as_str());
        }
        pair("filter", &self.filter);
        for pair in &self.rest {
            separate(&mut query);
            query.push_str(pair);
        }
        query
    }

    /// Changes the server, and closes everything that belongs to the previous one.
    pub(crate) fn switch_server(&mut self, api: Option<String>) {
        *self = Self {
            api,
            rest: std::mem::take(&mut self.rest),
            ..Self::default()
        };
    }

    /// Changes between monitor and debugger, and closes everything that belongs to the previous one.
    pub(crate) fn show_monitor(&mut self, monitor: bool) {
        if self.monitor != monitor {
            self.open_run(None);
            self.monitor = monitor;
            self.deployment = None;
        }
    }

    /// Opens another run. Event, replay and filter belong to the previous one and are closed.
    pub(crate) fn open_run(&mut self, run: Option<String>) {
        if self.run != run {
            self.run = run;
            self.event = None;
            self.at = None;
            self.compare = None;
            self.view = View::default();
            self.filter.clear();
        }
    }

    /// A run that was just started is opened, perhaps the next one of the open handler: the event, the replay and the comparison
    /// belonged to the run before.
    pub(crate) fn open_new_run(&mut self, run: String) {
        self.open_run(Some(run));
        self.event = None;
        self.at = None;
        self.compare = None;
    }
}

fn separate(query: &mut String) {
    query.push(if query.is_empty() { '?' } else { '&' });
}

fn decode(value: &str) -> String {
    percent_decode_str(&value.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_open_survives_the_address() {
        let state = UrlState {
            api: Some("http://127.0.0.1:8000/deployments/app".into()),
            workflow: Some("a & b=c".into()),
            monitor: true,
            deployment: Some("orders".into()),
            run: Some("3v86PAPfjq".into()),
            event: Some(9_007_199_254_740_993),
            at: Some(0),
            compare: Some("0WZJ".into()),
            view: View::Result,
            filter: "100% \"müde\" #1 +x".into(),
            rest: Vec::new(),
        };
        assert_eq!(
            UrlState::parse(&state.to_query()),
            state,
            "read back from {}",
            state.to_query()
        );
    }

    #[test]
    fn nothing_open_is_an_empty_query() {
        assert_eq!(UrlState::default().to_query(), "", "a bare address stays bare");
        assert_eq!(UrlState::parse(""), UrlState::default());
        assert_eq!(UrlState::parse("?"), UrlState::default());
    }

    #[test]
    fn addresses_stay_readable() {
        let state = UrlState {
            api: Some("/deployments/app".into()),
            run: Some("x1".into()),
            ..UrlState::default()
        };
        assert_eq!(
            state.to_query(),
            "?api=/deployments/app&run=x1",
            "no escapes where none are needed"
        );
    }

    #[test]
    fn bad_parts_are_left_out() {
        let state = UrlState::parse("?event=abc&at=-1&view=unknown&run=&filter=%ff&&=");
        assert_eq!(state.event, None, "an event that is no number");
        assert_eq!(state.at, None, "a moment before all events");
        assert_eq!(state.view, View::Events, "a tab of another version");
        assert_eq!(state.run, None, "an empty run");
        assert_eq!(state.filter, "\u{fffd}", "bytes that are no text");
    }

    #[test]
    fn parameters_of_others_are_kept() {
        let query = UrlState::parse("?token%5B%5D=1&run=a&debug").to_query();
        assert_eq!(query, "?run=a&token%5B%5D=1&debug", "as they came, after ours");
    }

    #[test]
    fn plus_and_percent_20_are_spaces() {
        assert_eq!(UrlState::parse("?filter=a+b%20c").filter, "a b c");
    }

    #[test]
    fn another_server_forgets_everything_of_the_one_before() {
        let mut state = UrlState::parse("?api=/a&workflow=w&run=a&event=4&view=result&filter=x&mine=1");
        state.switch_server(Some("/b".into()));
        assert_eq!(state.to_query(), "?api=/b&mine=1", "only what isn't ours stays");
    }

    #[test]
    fn the_monitor_has_a_run_of_its_own() {
        let mut state = UrlState::parse("?api=/a&workflow=w&run=a&event=4&filter=x&mine=1");
        state.show_monitor(true);
        assert_eq!(state.to_query(), "?page=monitor&api=/a&workflow=w&mine=1");
        state.deployment = Some("orders".into());
        state.open_run(Some("b".into()));
        let query = state.to_query();
        assert_eq!(
            query,
            "?page=monitor&api=/a&deployment=orders&workflow=w&run=b&mine=1"
        );
        assert_eq!(UrlState::parse(&query), state);
        state.show_monitor(false);
        assert_eq!(state.to_query(), "?api=/a&workflow=w&mine=1");
        assert_eq!(
            UrlState::parse("?page=other").to_query(),
            "?page=other",
            "of another version"
        );
    }

    #[test]
    fn another_run_forgets_the_event_of_the_one_before() {
        let mut state = UrlState::parse("?workflow=w&run=a&event=4&at=3&compare=c&view=result&filter=x");
        state.open_run(Some("a".into()));
        assert_eq!(state.event, Some(4), "the same run keeps everything");
        state.open_run(Some("b".into()));
        assert_eq!(
            state,
            UrlState::parse("?workflow=w&run=b"),
            "another one starts without them"
        );
    }

    #[test]
    fn the_next_run_of_a_handler_forgets_the_moment_of_the_one_before() {
        let mut state = UrlState::parse("?run=a&event=4&at=3&compare=c&view=result&filter=x");
        state.open_new_run("a".into());
        assert_eq!(
            state,
            UrlState::parse("?run=a&view=result&filter=x"),
            "the tab and the filter stay"
        );
    }
}
