//! One server's page: the start form and the runs on the left, the open run in the middle, the selected event on the right.

use crate::chrome::{Chrome, ask_for_token, header};
use crate::focus::keep_focus_near;
use crate::palette::{Chosen, palette};
use crate::server::{Health, watch_health};
use crate::shortcuts::{self, Wish, sheet};
use crate::splitter::{Side, splitter};
use crate::url_state::View;
use crate::welcome::welcome;
use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use web_sys::Element;
use workflow_protocol::{HandlerState, endpoint};
use workflow_ui_components::drafts::Drafts;
use workflow_ui_components::event::event_detail;
use workflow_ui_components::events::focus_event_filter;
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::inbox::inbox;
use workflow_ui_components::prompt::focus_prompt;
use workflow_ui_components::reactive::*;
use workflow_ui_components::run::{self, RunActions, RunChoices, run_view};
use workflow_ui_components::runs::{RunListParts, run_list};
use workflow_ui_components::start::{StartChoices, Started, start_pane};
use workflow_ui_components::status::server_notice;
use workflow_ui_components::ui::{
    Call, El, Live, Timer, Var, after, button, div, dynamic, effect, el, frame, memo, show, span,
};
use workflow_ui_components::{SearchScript, document, focus_first, is_focus_lost, window};
use workflow_ui_core::readings::{
    UseWorkflowHandlerListReturn, UseWorkflowHandlerReturn, UseWorkflowRunReturn, use_workflow_handler,
    use_workflow_handler_list, use_workflow_run, use_workflows,
};
use workflow_ui_core::{RunWorkflowOptions, WorkflowClient, provide_workflow_client};

/// How many of the newest runs the palette offers.
const OFFERED: usize = 50;

/// What a narrow screen shows; a wide one shows all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Panel {
    #[default]
    Start,
    Runs,
    Run,
    Prompts,
}

impl Panel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Runs => "runs",
            Self::Run => "run",
            Self::Prompts => "prompts",
        }
    }
}

/// Everything that is about one server.
pub(crate) fn workspace(chrome: Chrome, client: &WorkflowClient) -> Vec<El> {
    let Chrome {
        navigation,
        preferences,
        ..
    } = chrome;
    let base = StoredValue::new(client.address().base().to_owned());
    provide_workflow_client(client.clone());
    let health = watch_health(client);
    let workflows = use_workflows();
    let UseWorkflowHandlerListReturn {
        handlers,
        loading,
        error: list_error,
        freshness,
        refresh: refresh_list,
        ..
    } = use_workflow_handler_list(Reading::derive(|| None));
    let run_id = navigation.part(|state| state.run.clone());
    let handler_id = navigation.part(|state| state.run.clone().unwrap_or_default());
    let event = navigation.part(|state| state.event);
    let run = use_workflow_handler(Reading::derive(move || handler_id.get()), true);
    let sheet_open = Var::new(false);
    let panel = Var::new(if run_id.peek().is_some() {
        Panel::Run
    } else {
        Panel::Start
    });
    let asked = Var::new(0_usize);
    let inbox_open = Var::new(false);
    let notice = Var::new(None::<String>);
    let continues = Var::new(None::<String>);
    let folded = Var::new(false);
    let drafts = use_context::<Drafts>().unwrap_or_default();

    // The server came back: what failed meanwhile is asked for again.
    let was_down = Cell::new(false);
    effect(move || {
        let down = health.with(|health| matches!(health, Health::Down(_) | Health::SignIn(_)));
        if was_down.replace(down) && !down {
            workflows.refresh.call();
            refresh_list.call();
            run.refresh.call();
        }
    });
    title(run, run_id, asked);

    let open_run = move |id: String| {
        navigation.push(|state| state.open_run(Some(id)));
        panel.set(Panel::Run);
        notice.set(None);
    };
    let on_workflow = Call::new(move |name: String| {
        navigation.replace(|state| state.workflow = (!name.is_empty()).then_some(name));
    });
    let workflow = navigation.part(|state| state.workflow.clone());
    choose_the_only_one(workflows.names, workflow, on_workflow);
    let on_started = Call::new(move |started: Started| {
        let id = started.handler.handler_id.clone();
        base.with_value(|base| drafts.remember_start(base, &id, &started.input));
        refresh_list.call();
        open_run(id);
        keep_focus();
    });
    let start = StartChoices {
        workflow,
        on_workflow,
        continues,
        folded,
        on_started,
    };
    let to_start = move |workflow: String, handler: Option<String>| {
        on_workflow.run(workflow);
        continues.set(handler);
        folded.set(false);
        panel.set(Panel::Start);
        focus_later("[data-part='start-form'] :is(input, textarea, select), [data-part='run-button']");
    };
    let UseWorkflowRunReturn {
        run_workflow: starter,
        is_creating,
        ..
    } = use_workflow_run();
    let again = Call::new(move |state: Arc<HandlerState>| {
        if is_creating.get_untracked() {
            return;
        }
        let name = state.handler.workflow_name.clone();
        let input = base.with_value(|base| drafts.start_of(base, &state.handler.handler_id));
        let Some(input) = input else {
            notice.set(Some(String::from(
                "The server doesn't keep what a run was started with: fill in the form.",
            )));
            return to_start(name, None);
        };
        let options = RunWorkflowOptions {
            follow: true,
            ..RunWorkflowOptions::default()
        };
        let starting = starter.call_json(name.clone(), input.clone(), options);
        spawn_local(async move {
            match starting.await {
                Ok(handler) => {
                    on_started.run(Started { handler, input });
                }
                Err(error) => {
                    notice.set(Some(error.to_string()));
                }
            }
        });
    });
    let actions = RunActions {
        again,
        go_on: Call::new(move |state: Arc<HandlerState>| {
            to_start(
                state.handler.workflow_name.clone(),
                Some(state.handler.handler_id.clone()),
            );
        }),
        deleted: Call::new(move |id: String| {
            refresh_list.call();
            // Another run may have been opened meanwhile.
            if handler_id.peek() == id {
                navigation.push(|state| state.open_run(None));
                panel.set(Panel::Runs);
            }
        }),
        link: Call::new(move |()| navigation.link()),
        curl: Call::new(move |()| curl(&chrome.server.peek().base, &handler_id.peek())),
    };
    provide_context(SearchScript(search_script()));
    let internal = kept_internal(chrome);
    let filter = kept_filter(chrome);
    let choices = RunChoices {
        tab: navigation.part(|state| state.view.as_str()),
        on_tab: Call::new(move |tab: &'static str| navigation.replace(|state| state.view = View::parse(tab))),
        internal,
        filter,
        search: Some(search_script()),
        selected: event,
        on_select: Call::new(move |sequence| navigation.open_event(sequence)),
    };
    let has_run = memo(move || run_id.with(Option::is_some));
    // Back leaves the run: a narrow screen then shows the list it came from.
    let had_run = Cell::new(has_run.peek());
    effect(move || {
        let now = has_run.get();
        match (had_run.replace(now), now) {
            (true, false) if panel.peek() == Panel::Run => panel.set(Panel::Runs),
            (false, true) => panel.set(Panel::Run),
            _ => {}
        }
    });
    // Whoever goes to the form wants to fill it in.
    effect(move || {
        if panel.get() == Panel::Start {
            folded.set(false);
        }
    });
    let on_choose = Call::new(move |name| to_start(name, None));
    let on_token = Call::new(|()| ask_for_token());
    let on_retry = Call::new(move |()| {
        workflows.refresh.call();
        refresh_list.call();
    });
    let middle = dynamic(move || {
        let has_run = has_run.get();
        untrack(|| {
            vec![if has_run {
                run_view(run, handler_id, choices, actions)
            } else {
                welcome(workflows, health, on_choose, on_retry, on_token)
            }]
        })
    });
    let has_event = memo(move || has_run.get() && event.with(Option::is_some));
    let close = Call::new(move |()| {
        navigation.close_event();
        focus_later(
            ":is([data-part='events'], [data-part='step-runs'], [data-part='graph-nodes']):not([hidden], [hidden] *)",
        );
    });
    let body = el("main");
    let (split, left) = (
        body.node().clone(),
        splitter(Side::Left, body.node(), preferences),
    );
    let detail = show(
        move || has_event.get(),
        move || {
            let sequence = memo(move || event.get().unwrap_or_default());
            div("wf-page__right")
                .child(splitter(Side::Right, &split, preferences))
                .child(event_detail(run.events, sequence, close))
        },
    );
    let go = Call::new(move |id: String| {
        open_run(id);
        focus_prompt_soon(document().active_element(), PROMPT_WAITS);
    });
    let palette_open = Var::new(false);
    let wishes = Call::new(move |wish| match wish {
        Wish::Sheet => sheet_open.set(true),
        Wish::Palette => palette_open.set(true),
        Wish::Start => {
            folded.set(false);
            panel.set(Panel::Start);
            focus_later("[data-part='workflow']");
        }
        Wish::Runs => {
            panel.set(Panel::Runs);
            focus_later("[data-part='runs']");
        }
        Wish::Events | Wish::Filter if has_run.peek() => {
            panel.set(Panel::Run);
            // What is in a hidden panel takes no focus, nor does an empty list: then its tab has it.
            choices.on_tab.run(run::EVENTS);
            if wish == Wish::Filter {
                frame(focus_event_filter);
            } else {
                focus_later(
                    "[data-part='events']:not([hidden]), [data-part='run']:has([data-part='events'][hidden]) [role='tab'][aria-selected='true']",
                );
            }
        }
        // Of the open run, else of any other.
        Wish::Prompt => {
            panel.set(Panel::Run);
            if !focus_prompt() && asked.peek() > 0 {
                inbox_open.set(true);
                focus_later("[data-part='inbox'] li button");
            }
        }
        Wish::Internal => internal.set(!internal.peek()),
        Wish::Theme => preferences.change(|preferences| preferences.theme = preferences.theme.next()),
        Wish::Tab(view) => {
            choices.on_tab.run(view.as_str());
            keep_focus();
        }
        Wish::Close if has_event.peek() => close.run(()),
        Wish::Events | Wish::Filter | Wish::Close => {}
    });
    shortcuts::listen(preferences, wishes);
    let choices_of = move || {
        let runs = handlers.with_untracked(|runs| {
            let runs = runs.iter().take(OFFERED);
            runs.map(|run| (run.handler.workflow_name.clone(), run.handler.handler_id.clone()))
                .collect::<Vec<_>>()
        });
        let start = workflows.names.get_untracked().into_iter();
        let start = start.map(|name| (["Start ", name.as_str()].concat(), Chosen::Workflow(name)));
        let open = runs
            .into_iter()
            .map(|(name, id)| (["Open ", &name, " ", &id].concat(), Chosen::Run(id)));
        start.chain(open).collect()
    };
    let on_chosen = Call::new(move |chosen| match chosen {
        Chosen::Nothing => {}
        Chosen::Wish(wish) => wishes.run(wish),
        Chosen::Workflow(name) => to_start(name, None),
        Chosen::Run(id) => open_run(id),
    });
    let list = RunListParts {
        runs: handlers,
        loading,
        error: list_error,
        open: run_id,
        on_open: Call::new(open_run),
        editable: memo(|| true),
        freshness,
    };
    let body = body
        .class("wf-page__body")
        .attr("data-panel", move || panel.get().as_str())
        .flag("data-detail", move || has_event.get())
        .flag("data-blank", move || {
            !has_run.get() && workflow.with(Option::is_none)
        })
        .child(
            el("section")
                .class("wf-page__left")
                .attr("aria-label", "Start and runs")
                .child(left)
                .child(start_pane(workflows, start))
                .child(run_list(list)),
        )
        .child(div("wf-page__middle").child(middle))
        .child(detail);
    let notices = div("").child(dynamic(move || {
        notice.get().map(|words| notice_bar(&words, notice))
    }));
    vec![
        header(chrome, health, wishes, inbox(asked, inbox_open, go)),
        server_notice(Some(on_token)),
        notices,
        body,
        bottom(panel, asked, has_run, inbox_open),
        sheet(sheet_open, preferences),
        palette(palette_open, choices_of, on_chosen),
        div("").flag("hidden", || true).child(keep_focus_near()),
    ]
}

/// Where the script is that tries regular expressions: beside the document, or where the page's start says that its files are.
fn search_script() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let files = js_sys::Reflect::get(&window(), &"workflowDebuggerFiles".into());
        let files = files.ok().and_then(|files| files.as_string());
        [&files.unwrap_or_default(), "search.js"].concat()
    })
}

/// A command that follows the events of a run. A token is never in it: who needs one adds it.
fn curl(base: &str, id: &str) -> String {
    let address = [base, &endpoint::stream(id, -1, true).path].concat();
    // Inside single quotes a shell takes everything as it is but the quote itself.
    ["curl -N '", &address.replace('\'', "'\\''"), "'"].concat()
}

/// A server with a single workflow leaves nothing to choose.
fn choose_the_only_one(names: Reading<Vec<String>>, workflow: Live<Option<String>>, choose: Call<String>) {
    effect(move || {
        let only = names.with(|names| {
            if names.len() == 1 {
                names.first().cloned()
            } else {
                None
            }
        });
        if let Some(only) = only
            && workflow.peek_with(Option::is_none)
        {
            choose.run(only);
        }
    });
}

/// The window's title: the number of open prompts, the open run's workflow, the page's name.
fn title(run: UseWorkflowHandlerReturn, open: Live<Option<String>>, asked: Var<usize>) {
    effect(move || {
        let mut title = String::new();
        let asked = asked.get();
        if asked > 0 {
            title.push('(');
            title.push_str(&asked.to_string());
            title.push_str(") ");
        }
        if open.with(Option::is_some) {
            run.handler.with(|state| {
                if let Some(state) = state {
                    title.push_str(&state.handler.workflow_name);
                    title.push_str(" · ");
                }
            });
        }
        title.push_str("Workflow debugger");
        document().set_title(&title);
    });
    effect(move || mark_icon(asked.get() > 0));
}

/// Puts a dot onto the page's icon while somebody is asked something, also while the tab is hidden.
fn mark_icon(asked: bool) {
    const DOT: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%237da2ff'/%3E%3Ccircle cx='11' cy='5' r='4' fill='%23f5a524'/%3E%3C/svg%3E";
    let Some(link) = document().query_selector("link[rel='icon']").ok().flatten() else {
        return;
    };
    // The address of the plain icon stays beside the marked one.
    let shown = link.get_attribute("href").unwrap_or_default();
    let plain = link.get_attribute("data-plain").unwrap_or_else(|| shown.clone());
    let wanted = if asked { DOT } else { &plain };
    // Each setting makes the browser fetch and draw it, also when it is the same.
    if wanted != shown {
        let _ = link.set_attribute("data-plain", &plain);
        let _ = link.set_attribute("href", wanted);
    }
}

/// Whether internal events are shown, kept among the preferences.
fn kept_internal(chrome: Chrome) -> Var<bool> {
    let internal = Var::new(chrome.preferences.peek_with(|preferences| preferences.internal));
    effect(move || {
        let internal = internal.get();
        if chrome
            .preferences
            .peek_with(|preferences| preferences.internal != internal)
        {
            chrome
                .preferences
                .change(|preferences| preferences.internal = internal);
        }
    });
    internal
}

/// The text that events are filtered by, kept in the address: typing writes it there after a moment, Back reads it from there.
fn kept_filter(chrome: Chrome) -> Var<String> {
    let navigation = chrome.navigation;
    let stored = navigation.part(|state| state.filter.clone());
    let filter = Var::new(stored.peek());
    effect(move || {
        let stored = stored.get();
        if filter.peek_with(|filter| *filter != stored) {
            filter.set(stored);
        }
    });
    let write = Cell::new(None::<Timer>);
    let run = navigation.part(|state| state.run.clone());
    let typed_for = Cell::new(run.peek());
    effect(move || {
        let (text, run) = (filter.get(), run.get());
        // What was typed for one run is nothing of the next.
        if typed_for.replace(run.clone()) != run {
            if let Some(timer) = write.take() {
                timer.clear();
            }
            return filter.set(stored.peek());
        }
        if let Some(timer) = write.take() {
            timer.clear();
        }
        if stored.peek_with(|stored| *stored == text) {
            return;
        }
        write.set(after(250, move || {
            navigation.replace(|state| state.filter = text)
        }));
    });
    filter
}

/// The bar of a narrow screen.
fn bottom(panel: Var<Panel>, asked: Var<usize>, has_run: Live<bool>, inbox: Var<bool>) -> El {
    let one = move |target: Panel, mark: Icon, label: &'static str| {
        button("wf-bottom__button")
            .attr("aria-current", move || (panel.get() == target).then_some("true"))
            .flag("disabled", move || target == Panel::Run && !has_run.get())
            .child(icon(mark))
            .child(span("").text(label))
            .on("click", move |_| {
                panel.set(target);
                inbox.set(target == Panel::Prompts);
            })
    };
    // The space keeps the count apart from the word in the button's name.
    let count = span("wf-bottom__count")
        .flag("hidden", move || asked.get() == 0)
        .text(move || [" ", &asked.get().to_string()].concat());
    el("nav")
        .class("wf-bottom")
        .attr("aria-label", "Panels")
        .child(one(Panel::Start, Icon::Play, "Start"))
        .child(one(Panel::Runs, Icon::List, "Runs"))
        .child(one(Panel::Run, Icon::Pulse, "Run"))
        .child(one(Panel::Prompts, Icon::Ask, "Prompts").child(count))
}

fn notice_bar(words: &str, notice: Var<Option<String>>) -> El {
    let dismiss = button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", "Dismiss")
        .child(icon(Icon::Cross))
        .on("click", move |_| notice.set(None));
    div("wf-page__notice")
        .attr("role", "alert")
        .child(span("wf-grow wf-error").text(words))
        .child(dismiss)
}

/// How often a prompt is looked for that somebody goes to: its run comes over the network first.
const PROMPT_WAITS: u32 = 60;

/// Puts the focus into the prompt of the run that was just opened, as soon as it is there, unless the person goes elsewhere than
/// where they were `before`.
fn focus_prompt_soon(before: Option<Element>, left: u32) {
    after(80, move || {
        let is_waiting = is_focus_lost() || document().active_element() == before;
        if is_waiting && !focus_prompt() && left > 0 {
            focus_prompt_soon(before, left - 1);
        }
    });
}

/// Puts the focus into the open run if what had it was hidden, as the form is that folds itself.
fn keep_focus() {
    frame(|| {
        if is_focus_lost() {
            focus_later("[data-part='run'] [role='tab'][aria-selected='true']");
        }
    });
}

/// Gives the first element of a selector the focus once the next frame has drawn it.
fn focus_later(selector: &'static str) {
    frame(move || {
        if let Some(page) = document().document_element() {
            focus_first(&page, &[selector]);
        }
    });
}
