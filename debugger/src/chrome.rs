//! The bar at the top: the page's name, the server, the inbox, the theme and the shortcuts.

use crate::address::{Server, as_api, resolve, short};
use crate::navigation::Navigation;
use crate::preferences::{Preferences, Theme, recent_servers, remember_server};
use crate::server::{Health, Session, page};
use crate::shortcuts::Wish;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use workflow_ui_components::document;
use workflow_ui_components::icon::{Icon, icon};
use workflow_ui_components::status::sign_in_note;
use workflow_ui_components::ui::{self, Call, El, Live, Var, after, button, div, dynamic, el, show, span};

/// Ids of this page's own elements.
const PANEL: &str = "wf-server-panel";
const HINT: &str = "wf-token-hint";
const TOKEN: &str = "#wf-server-panel input[type='password']";

/// What every part of the page can reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chrome {
    pub(crate) navigation: Navigation,
    pub(crate) preferences: Var<Preferences>,
    pub(crate) server: Live<Server>,
    /// Counted up to read token and agreement anew.
    pub(crate) renewed: Var<u32>,
}

impl Chrome {
    /// Reads token and agreement anew.
    pub(crate) fn renew(self) {
        self.renewed.change(|renewed| *renewed = renewed.wrapping_add(1));
    }
}

/// Shows a theme. The attribute belongs to the page; what it means stands in its stylesheet.
pub(crate) fn apply_theme(theme: Theme) {
    let Some(root) = document().document_element() else {
        return;
    };
    // Setting an attribute of a known name can't fail.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        theme => root.set_attribute("data-theme", theme.as_str()),
    };
}

/// The bar at the top, with what the caller adds to it before the theme and the shortcuts.
pub(crate) fn header(chrome: Chrome, health: Var<Health>, on_wish: Call<Wish>, more: El) -> El {
    let help = button("wf-button wf-button--plain wf-button--icon wf-page__help")
        .attr("aria-label", "Keyboard shortcuts")
        .attr("title", "Keyboard shortcuts (?)")
        .text("?")
        .on("click", move |_| on_wish.run(Wish::Sheet));
    let commands = button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", "Commands")
        .attr("title", "Commands (Ctrl K)")
        .child(icon(Icon::Keyboard))
        .on("click", move |_| on_wish.run(Wish::Palette));
    el("header")
        .class("wf-page__head")
        .child(span("wf-page__logo").attr("aria-hidden", true))
        .child(el("h1").class("wf-page__name").text("Workflow debugger"))
        .child(server_chip(chrome, health))
        .child(span("wf-grow"))
        .child(more)
        .child(commands)
        .child(theme_switch(chrome.preferences))
        .child(help)
}

fn theme_switch(preferences: Var<Preferences>) -> El {
    let name = move || {
        [
            "Theme: ",
            preferences.with(|preferences| preferences.theme.as_str()),
        ]
        .concat()
    };
    button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", name)
        .attr("title", name)
        .child(icon(Icon::Theme))
        .on("click", move |_| {
            preferences.change(|preferences| preferences.theme = preferences.theme.next())
        })
}

/// The server in use as a chip, with its health, and the panel behind it that names another one.
fn server_chip(chrome: Chrome, health: Var<Health>) -> El {
    let chip = button("wf-button wf-server__chip")
        .attr("popovertarget", PANEL)
        .attr("title", "Server")
        .child(span("wf-server__dot"))
        .child(span("wf-cut").text(move || chrome.server.with(|server| short(&server.base).to_owned())))
        .child(span("wf-sr").text(move || health.with(|health| [" is ", health.as_str()].concat())))
        .child(icon(Icon::Chevron));
    div("wf-server")
        .attr("data-part", "server")
        .attr("data-health", move || health.with(Health::as_str))
        .child(chip)
        .child(server_panel(chrome, health))
}

/// The panel, whose form is made when it is opened for the first time.
fn server_panel(chrome: Chrome, health: Var<Health>) -> El {
    let opened = Var::new(false);
    let panel = div("wf-server__panel")
        .attr("id", PANEL)
        .attr("popover", "auto")
        .on("beforetoggle", move |_| opened.set(true));
    let inside = panel.clone();
    panel.child(show(
        move || opened.get(),
        move || server_form(chrome, health, &inside),
    ))
}

fn server_form(chrome: Chrome, health: Var<Health>, panel: &El) -> El {
    let Chrome {
        navigation,
        server,
        renewed,
        ..
    } = chrome;
    let input = |kind: &'static str| {
        el("input")
            .class("wf-input")
            .attr("type", kind)
            .attr("autocomplete", "off")
            .attr("spellcheck", false)
    };
    let address = input("text")
        .class("wf-input wf-mono")
        .attr("inputmode", "url")
        .prop("value", move || server.with(|server| server.base.clone()));
    let token = input("password")
        .attr("placeholder", "none")
        .attr("aria-describedby", HINT)
        .prop("value", move || {
            renewed.track();
            server.with(|server| Session::token(&server.base))
        });
    let (open, typed, secret) = (panel.node().clone(), address.node().clone(), token.node().clone());
    // A link may have named the one in use: that it is well tells that it was connected.
    if health.peek() == Health::Ok {
        server.peek_with(remember);
    }
    let recent = recent(&address, &token);
    let field = token.node().clone();
    let wrong = Var::new(None::<String>);
    let address = address
        .attr("aria-invalid", move || wrong.with(|wrong| wrong.is_some()))
        .on("change", move |event| {
            wrong.set(None);
            show_token(&field, &ui::typed(&event));
        });
    let save = move |event: web_sys::Event| {
        event.prevent_default();
        let page = page();
        let wanted = match resolve(&page, Some(&value(&typed))) {
            Ok(wanted) => wanted,
            Err(error) => {
                wrong.set(Some(error.to_string()));
                return;
            }
        };
        wrong.set(None);
        let api = as_api(&page, &wanted);
        // Typing an address and pressing the button is an agreement; following a link is none.
        Session::agree(&wanted.origin);
        Session::set_token(&wanted.base, value(&secret).trim());
        remember(&wanted);
        // What was typed, as it is used.
        set_value(&typed, &wanted.base);
        let _ = open.hide_popover();
        if wanted == server.peek() {
            chrome.renew();
        } else {
            navigation.push(move |state| state.switch_server(api));
        }
    };
    let close = panel.node().clone();
    let reset = button("wf-button wf-button--plain")
        .text("This page's server")
        .on("click", move |_| {
            let _ = close.hide_popover();
            navigation.push(|state| state.switch_server(None));
        });
    let words = move || match health.get() {
        Health::Unknown => String::from("Asking the server…"),
        Health::Ok => String::from("The server is well."),
        Health::Down(reason) => reason,
        // Said beside these words, with what can be done.
        Health::SignIn(_) => String::new(),
    };
    let sign_in = dynamic(move || match health.get() {
        Health::SignIn(sign_in) => Some(sign_in_note(&sign_in, None)),
        _ => None,
    });
    let hint = "A bearer token for this address only. Kept until this tab is closed; never in links.";
    el("form")
        .class("wf-form")
        .attr("aria-label", "Server")
        .on("submit", save)
        .child(
            div("")
                .attr("role", "status")
                .child(el("p").class("wf-note").text(words))
                .child(sign_in),
        )
        .child(labelled("Server", address))
        .child(show(
            move || wrong.with(|wrong| wrong.is_some()),
            move || {
                el("p")
                    .class("wf-error")
                    .attr("role", "alert")
                    .text(move || wrong.get().unwrap_or_default())
            },
        ))
        .child(recent)
        .child(labelled("Token", token))
        .child(el("p").class("wf-field__hint").attr("id", HINT).text(hint))
        .child(
            div("wf-form__foot").child(reset).child(span("wf-grow")).child(
                el("button")
                    .class("wf-button wf-button--primary")
                    .attr("type", "submit")
                    .text("Connect"),
            ),
        )
}

/// How often the field of the token is looked for: its form comes when the panel is opened for the first time.
const TOKEN_WAITS: u32 = 60;

/// Opens the panel of the server where the token is typed.
pub(crate) fn ask_for_token() {
    let panel = document().get_element_by_id(PANEL);
    if let Some(panel) = panel.and_then(|panel| panel.dyn_into::<HtmlElement>().ok()) {
        // Refused when it is open already.
        let _ = panel.show_popover();
    }
    focus_token(TOKEN_WAITS);
}

fn focus_token(left: u32) {
    let field = document().query_selector(TOKEN).ok().flatten();
    match field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        Some(field) => {
            let _ = field.focus();
        }
        None if left > 0 => {
            after(50, move || focus_token(left - 1));
        }
        None => {}
    }
}

/// Remembers a server, unless it is the page's own, which has a button.
fn remember(server: &Server) {
    if as_api(&page(), server).is_some() {
        remember_server(&server.base);
    }
}

/// The servers that were connected last: choosing one types its address. Nothing is sent there before the button is pressed.
fn recent(address: &El, token: &El) -> Option<El> {
    let known = recent_servers();
    if known.is_empty() {
        return None;
    }
    let (address, token) = (address.node().clone(), token.node().clone());
    let options: Vec<El> = known.into_iter().map(|base| el("option").text(base)).collect();
    let select = el("select")
        .class("wf-select")
        .attr("aria-label", "Recent servers")
        .child(el("option").attr("value", "").text("Recent servers…"))
        .child(options)
        .on("change", move |event| {
            let chosen = ui::typed(&event);
            // The first line is the invitation.
            if !chosen.is_empty() {
                set_value(&address, &chosen);
                show_token(&token, &chosen);
            }
        });
    Some(select)
}

/// Shows the token of the address that is now in the field: the one before belonged to the address before.
fn show_token(field: &HtmlElement, address: &str) {
    let server = resolve(&page(), Some(address));
    set_value(
        field,
        &server.map_or_else(|_| String::new(), |server| Session::token(&server.base)),
    );
}

fn labelled(label: &'static str, input: El) -> El {
    el("label")
        .class("wf-field")
        .child(span("wf-field__label").text(label))
        .child(input)
}

fn set_value(input: &HtmlElement, value: &str) {
    if let Some(input) = input.dyn_ref::<HtmlInputElement>() {
        input.set_value(value);
    }
}

fn value(input: &HtmlElement) -> String {
    input
        .dyn_ref::<HtmlInputElement>()
        .map(HtmlInputElement::value)
        .unwrap_or_default()
}
