//! One server's page: the start form and the runs on the left, the open run in the middle, the selected event on the right.

use crate::chrome::{Chrome, Header};
use crate::server::{Health, watch_health};
use crate::shortcuts::{self, Sheet, Wish};
use crate::url_state::View;
use crate::welcome::Welcome;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashMap;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use workflow_protocol::{HandlerState, RawJson};
use workflow_ui_components::event::EventDetail;
use workflow_ui_components::events::focus_event_filter;
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::inbox::Inbox;
use workflow_ui_components::prompt::focus_prompt;
use workflow_ui_components::run::{RunActions, RunChoices, RunView};
use workflow_ui_components::runs::RunList;
use workflow_ui_components::start::{StartChoices, StartPane, Started};
use workflow_ui_core::{
    UseWorkflowHandlerListReturn, UseWorkflowHandlerReturn, WorkflowClient, provide_workflow_client,
    use_workflow_handler, use_workflow_handler_list, use_workflow_run, use_workflows,
};

/// How many runs besides the open one are followed for their prompts.
const FOLLOWED: usize = 3;

/// What a narrow screen shows; a wide one shows all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
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
#[component]
pub(crate) fn Workspace(chrome: Chrome, client: WorkflowClient) -> impl IntoView {
    let Chrome { navigation, preferences, .. } = chrome;
    provide_workflow_client(client.clone());
    let health = watch_health(&client);
    let workflows = use_workflows();
    let UseWorkflowHandlerListReturn { handlers, loading, error: list_error, refresh: refresh_list, .. } =
        use_workflow_handler_list(None::<String>);
    let run_id = navigation.part(|state| state.run.clone());
    let handler_id = navigation.part(|state| state.run.clone().unwrap_or_default());
    let event = navigation.part(|state| state.event);
    let run = use_workflow_handler(handler_id, true);
    let sheet = RwSignal::new(false);
    let panel = RwSignal::new(if run_id.get_untracked().is_some() { Panel::Run } else { Panel::Start });
    let asked = RwSignal::new(0_usize);
    let inbox_open = RwSignal::new(false);
    let notice = RwSignal::new(None::<String>);
    let continues = RwSignal::new(None::<String>);
    let folded = RwSignal::new(false);
    let inputs = StoredValue::new(HashMap::<String, RawJson>::new());

    // The server came back: what failed meanwhile is asked for again.
    Effect::new(move |before: Option<Health>| {
        let now = health.get();
        if now == Health::Ok && matches!(before, Some(Health::Down(_))) {
            workflows.refresh.call();
            refresh_list.call();
            run.refresh.call();
        }
        now
    });
    let watched = followed(run_id, handlers);
    title(run, run_id, asked);

    let open_run = move |id: String| {
        navigation.push(|state| state.open_run(Some(id)));
        panel.set(Panel::Run);
        notice.set(None);
    };
    let on_workflow = Callback::new(move |name: String| {
        navigation.replace(|state| state.workflow = (!name.is_empty()).then_some(name));
    });
    let workflow = navigation.part(|state| state.workflow.clone());
    choose_the_only_one(workflows.names, workflow, on_workflow);
    let on_started = Callback::new(move |started: Started| {
        let id = started.handler.handler_id.clone();
        inputs.update_value(|inputs| {
            inputs.insert(id.clone(), started.input);
        });
        refresh_list.call();
        open_run(id);
    });
    let start = StartChoices { workflow, on_workflow, continues, folded, on_started };
    let to_start = move |workflow: String, handler: Option<String>| {
        on_workflow.run(workflow);
        continues.set(handler);
        folded.set(false);
        panel.set(Panel::Start);
        focus_later("[data-part='start-form'] :is(input, textarea, select), [data-part='run-button']");
    };
    let starter = use_workflow_run().run_workflow;
    let again = Callback::new(move |state: Arc<HandlerState>| {
        let name = state.handler.workflow_name.clone();
        let input = inputs.with_value(|inputs| inputs.get(&state.handler.handler_id).cloned());
        // The server doesn't keep what a run was started with: only for runs of this visit is it known.
        let Some(input) = input else { return to_start(name, None) };
        let starting = starter.call(name.clone(), input.clone());
        spawn_local(async move {
            match starting.await {
                Ok(handler) => {
                    on_started.try_run(Started { handler, input });
                }
                Err(error) => {
                    notice.try_set(Some(error.to_string()));
                }
            }
        });
    });
    let actions = RunActions {
        again,
        go_on: Callback::new(move |state: Arc<HandlerState>| {
            to_start(state.handler.workflow_name.clone(), Some(state.handler.handler_id.clone()));
        }),
        deleted: Callback::new(move |_| {
            navigation.push(|state| state.open_run(None));
            panel.set(Panel::Runs);
            refresh_list.call();
        }),
        link: Callback::new(move |()| navigation.link()),
    };
    let internal = kept_internal(chrome);
    let filter = kept_filter(chrome);
    let choices = RunChoices {
        tab: navigation.part(|state| state.view.as_str()),
        on_tab: Callback::new(move |tab: &'static str| navigation.replace(|state| state.view = View::parse(tab))),
        internal,
        filter,
        selected: event,
        on_select: Callback::new(move |sequence| navigation.open_event(sequence)),
    };
    let has_run = Memo::new(move |_| run_id.with(Option::is_some));
    // Back leaves the run: a narrow screen then shows the list it came from.
    Effect::new(move |before: Option<bool>| {
        let now = has_run.get();
        match (before, now) {
            (Some(true), false) if panel.get_untracked() == Panel::Run => panel.set(Panel::Runs),
            (Some(false), true) => panel.set(Panel::Run),
            _ => {}
        }
        now
    });
    let middle = move || {
        if has_run.get() {
            view! { <RunView run=run handler_id=handler_id choices=choices actions=actions /> }.into_any()
        } else {
            let on_choose = Callback::new(move |name| to_start(name, None));
            let on_retry = Callback::new(move |()| {
                workflows.refresh.call();
                refresh_list.call();
            });
            view! { <Welcome names=workflows.names health=health on_choose=on_choose on_retry=on_retry /> }.into_any()
        }
    };
    let has_event = Memo::new(move |_| has_run.get() && event.with(Option::is_some));
    let close = Callback::new(move |()| {
        navigation.close_event();
        focus_later("[data-part='events']");
    });
    let detail = move || {
        has_event.get().then(|| {
            let sequence = Signal::derive(move || event.get().unwrap_or_default());
            view! {
                <aside class="wf-page__right" aria-label="Selected event">
                    <EventDetail events=run.events sequence=sequence on_close=close />
                </aside>
            }
            .into_any()
        })
    };
    let go = Callback::new(move |id: String| {
        open_run(id);
        set_timeout(focus_prompt, std::time::Duration::from_millis(80));
    });
    shortcuts::listen(preferences, move |wish| match wish {
        Wish::Sheet => sheet.set(true),
        Wish::Start => {
            folded.set(false);
            panel.set(Panel::Start);
            focus_later("[data-part='workflow']");
        }
        Wish::Runs => {
            panel.set(Panel::Runs);
            focus_later("[data-part='runs']");
        }
        Wish::Events => {
            panel.set(Panel::Run);
            focus_later("[data-part='events']");
        }
        Wish::Filter => focus_event_filter(),
        Wish::Prompt => {
            panel.set(Panel::Run);
            focus_prompt();
        }
        Wish::Internal => internal.update(|internal| *internal = !*internal),
        Wish::Theme => preferences.update(|preferences| preferences.theme = preferences.theme.next()),
        Wish::Tab(0) => choices.on_tab.run(View::Events.as_str()),
        Wish::Tab(_) => choices.on_tab.run(View::Result.as_str()),
        Wish::Close if has_event.get_untracked() => close.run(()),
        Wish::Close => {}
    });
    let error = Signal::derive(move || list_error.with(|error| error.as_ref().map(ToString::to_string)));
    view! {
        <Header chrome=chrome health=health sheet=sheet>
            <Inbox watched=watched count=asked unfolded=inbox_open on_go=go />
        </Header>
        {move || notice.get().map(|words| notice_bar(words, notice))}
        <div
            class="wf-page__body"
            data-panel=move || panel.get().as_str()
            data-detail=move || has_event.get().then_some("")
            data-blank=move || (!has_run.get() && workflow.with(Option::is_none)).then_some("")
        >
            <nav class="wf-page__left" aria-label="Start and runs">
                <StartPane workflows=workflows choices=start />
                <RunList runs=handlers loading=loading error=error open=run_id on_open=Callback::new(open_run) />
            </nav>
            <main class="wf-page__middle">{middle}</main>
            {detail}
        </div>
        {bottom(panel, asked, has_run, inbox_open)}
        <Sheet open=sheet preferences=preferences />
    }
    .into_any()
}

/// The runs that are followed for their prompts: the open one, and those opened before it that have not ended.
fn followed(open: Signal<Option<String>>, handlers: Signal<Vec<Arc<HandlerState>>>) -> Signal<Vec<String>> {
    let seen = RwSignal::new(Vec::<String>::new());
    Effect::new(move |_| {
        let Some(id) = open.get() else { return };
        seen.update(|seen| {
            seen.retain(|known| *known != id);
            seen.push(id);
        });
    });
    Memo::new(move |_| {
        handlers.with(|handlers| {
            let ended = |id: &String| {
                handlers.iter().any(|state| state.handler.handler_id == *id && state.status.is_terminal())
            };
            seen.with(|seen| {
                let others = seen.iter().rev().skip(1).filter(|id| !ended(id)).take(FOLLOWED);
                seen.last().into_iter().chain(others).cloned().collect()
            })
        })
    })
    .into()
}

/// A server with a single workflow leaves nothing to choose.
fn choose_the_only_one(names: Signal<Vec<String>>, workflow: Signal<Option<String>>, choose: Callback<String>) {
    Effect::new(move |_| {
        let only = names.with(|names| if names.len() == 1 { names.first().cloned() } else { None });
        if let Some(only) = only
            && workflow.with_untracked(Option::is_none)
        {
            choose.run(only);
        }
    });
}

/// The window's title: the number of open prompts, the open run's workflow, the page's name.
fn title(run: UseWorkflowHandlerReturn, open: Signal<Option<String>>, asked: RwSignal<usize>) {
    Effect::new(move |_| {
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
}

/// Whether internal events are shown, kept among the preferences.
fn kept_internal(chrome: Chrome) -> RwSignal<bool> {
    let internal = RwSignal::new(chrome.preferences.with_untracked(|preferences| preferences.internal));
    Effect::new(move |_| {
        let internal = internal.get();
        if chrome.preferences.with_untracked(|preferences| preferences.internal != internal) {
            chrome.preferences.update(|preferences| preferences.internal = internal);
        }
    });
    internal
}

/// The text that events are filtered by, kept in the address: typing writes it there after a moment, Back reads it from there.
fn kept_filter(chrome: Chrome) -> RwSignal<String> {
    let navigation = chrome.navigation;
    let stored = navigation.part(|state| state.filter.clone());
    let filter = RwSignal::new(stored.get_untracked());
    Effect::new(move |_| {
        let stored = stored.get();
        if filter.with_untracked(|filter| *filter != stored) {
            filter.set(stored);
        }
    });
    let write = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let text = filter.get();
        if let Some(timer) = write.get_value() {
            timer.clear();
        }
        if stored.with_untracked(|stored| *stored == text) {
            return;
        }
        let timer = set_timeout_with_handle(
            move || navigation.replace(|state| state.filter = text),
            std::time::Duration::from_millis(250),
        );
        write.set_value(timer.ok());
    });
    filter
}

/// The bar of a narrow screen.
fn bottom(panel: RwSignal<Panel>, asked: RwSignal<usize>, has_run: Memo<bool>, inbox: RwSignal<bool>) -> AnyView {
    let button = move |target: Panel, mark: Icon, label: &'static str| {
        let chosen = move || panel.get() == target;
        let press = move |_| {
            panel.set(target);
            inbox.set(target == Panel::Prompts);
        };
        let count = move || (target == Panel::Prompts && asked.get() > 0).then(|| asked.get());
        view! {
            <button
                type="button"
                class="wf-bottom__button"
                aria-current=move || chosen().then_some("true")
                disabled=move || target == Panel::Run && !has_run.get()
                on:click=press
            >
                {icon(mark)}
                <span>{label}</span>
                {move || count().map(|count| view! { <span class="wf-bottom__count">{count}</span> }.into_any())}
            </button>
        }
        .into_any()
    };
    view! {
        <nav class="wf-bottom" aria-label="Panels">
            {button(Panel::Start, Icon::Play, "Start")}
            {button(Panel::Runs, Icon::List, "Runs")}
            {button(Panel::Run, Icon::Pulse, "Run")}
            {button(Panel::Prompts, Icon::Ask, "Prompts")}
        </nav>
    }
    .into_any()
}

fn notice_bar(words: String, notice: RwSignal<Option<String>>) -> AnyView {
    view! {
        <div class="wf-page__notice" role="alert">
            <span class="wf-grow wf-error">{words}</span>
            <button type="button" class="wf-button wf-button--plain wf-button--icon" aria-label="Dismiss" on:click=move |_| notice.set(None)>
                {icon(Icon::Cross)}
            </button>
        </div>
    }
    .into_any()
}

/// Gives the first element of a selector the focus once the next frame has drawn it.
fn focus_later(selector: &'static str) {
    request_animation_frame(move || {
        let found = document().query_selector(selector).ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}
