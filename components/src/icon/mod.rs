//! The icons: line drawings on a grid of 16, one path each, in the colour of the text around them.

use crate::element::attribute;
use crate::theme::mount_style;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The icons that the components use. All are decoration: the word beside them, or the control's label, carries the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// An open arc: starting, running.
    Arc,
    /// An hourglass: waiting for a person.
    Hourglass,
    /// A check mark: completed.
    Check,
    /// A cross: failed; close.
    Cross,
    /// A clock: timed out.
    Clock,
    /// A struck circle: cancelled.
    Slash,
    /// A dashed circle: no longer known to the server.
    Ghost,
    /// Two sheets: copy.
    Copy,
    /// A chain: a link.
    Link,
    /// A chevron to the right; turned by CSS where something opens.
    Chevron,
    /// An arrow down to a line: to the end, tail.
    Tail,
    /// A magnifier: search.
    Search,
    /// A triangle: run.
    Play,
    /// A turning arrow: again, retry.
    Again,
    /// A square: stop.
    Stop,
    /// A bin: delete.
    Bin,
    /// A paper plane: send.
    Send,
    /// A speech bubble: a prompt.
    Ask,
    /// A half-filled disc: theme.
    Theme,
    /// Lines of a list: runs.
    List,
    /// A pulse: the open run.
    Pulse,
    /// A plus: more.
    Plus,
    /// A house with a lamp: the server.
    Server,
    /// A skip mark: continue.
    Forward,
    /// Two bars: pause.
    Pause,
    /// A mirrored skip mark: the step before.
    Previous,
    /// Two triangles to the left: replay.
    Rewind,
    /// A keyboard: shortcuts.
    Keyboard,
    /// An arrow to the left: back.
    Back,
    /// Braces: JSON.
    Braces,
    /// An arrow into a tray: a file is saved.
    Save,
    /// Two columns side by side.
    Compare,
    /// The prompt of a shell: a command.
    Shell,
    /// A triangle with an exclamation mark: an alarm.
    Warning,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Arc => "M8 2a6 6 0 1 0 6 6",
            Self::Hourglass => "M4 2h8M4 14h8M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14M6.5 13h3",
            Self::Check => "M3 8.5l3.5 3.5L13 4.5",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Clock => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2.2 1.6",
            Self::Slash => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM4 12l8-8",
            Self::Ghost => {
                "M8 2a6 6 0 0 1 3.5 1.1M13.6 6a6 6 0 0 1 0 4M11.5 12.9A6 6 0 0 1 8 14M4.5 12.9A6 6 0 0 1 2.4 10M2.4 6a6 6 0 0 1 2.1-2.9"
            }
            Self::Copy => "M6 5.5h6.5V13H6zM9.5 5.5V3H3v7.5h3",
            Self::Link => {
                "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7L8 4.3M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.2 9.1a2.6 2.6 0 0 0 3.7 3.7L8 11.7"
            }
            Self::Chevron => "M6 4l4 4-4 4",
            Self::Tail => "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M4 13.5h8",
            Self::Search => "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3l3.2 3.2",
            Self::Play => "M5 3.2v9.6L12.5 8z",
            Self::Again => "M13 8a5 5 0 1 1-1.6-3.7M11.6 1.8v2.7H8.9",
            Self::Stop => "M4.5 4.5h7v7h-7z",
            Self::Bin => "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
            Self::Send => "M14 2L7 9M14 2L9.5 14 7 9 2 6.5z",
            Self::Ask => {
                "M2.5 3h11v8H8l-3 2.5V11H2.5zM8 8.9v.1M6.6 5.6c.2-1.4 2.8-1.3 2.8 0 0 .9-1.4.9-1.4 1.9"
            }
            Self::Theme => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 0v12M8 5h3.9M8 8h5.7M8 11h3.9",
            Self::List => "M2.5 4h.1M2.5 8h.1M2.5 12h.1M5.5 4h8M5.5 8h8M5.5 12h8",
            Self::Pulse => "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Server => "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1",
            Self::Forward => "M3 3.5v9L9 8zM12.5 3.5v9",
            Self::Pause => "M5.5 3.5v9M10.5 3.5v9",
            Self::Previous => "M13 3.5v9L7 8zM3.5 3.5v9",
            Self::Rewind => "M8 3.5v9L2 8zM14 3.5v9L8 8z",
            Self::Keyboard => {
                "M1.5 4h13v8h-13zM4 6.5h.1M6.6 6.5h.1M9.2 6.5h.1M11.8 6.5h.1M4 9.5h.1M11.8 9.5h.1M6.5 9.5h3"
            }
            Self::Braces => {
                "M6 2.5c-3 0-.5 5.5-3.5 5.5 3 0 .5 5.5 3.5 5.5M10 2.5c3 0 .5 5.5 3.5 5.5-3 0-.5 5.5-3.5 5.5"
            }
            Self::Back => "M13 8H3.5M7.5 4L3.5 8l4 4",
            Self::Save => "M8 2.5V10M4.8 7L8 10.2 11.2 7M2.5 11v2.5h11V11",
            Self::Compare => "M2.5 3h4.2v10H2.5zM9.3 3h4.2v10H9.3zM4 6h1.2M10.8 6H12M4 9h1.2",
            Self::Warning => "M8 2.5L14 13.5H2zM8 6.5v3.4M8 11.7v.1",
            Self::Shell => "M2.5 4l4 4-4 4M8 12.5h5.5",
        }
    }
}

/// An icon in the size and colour of the text around it, hidden from assistive technology.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::icon::{Icon, IconView};
///
/// #[component]
/// fn Copied(done: RwSignal<bool>) -> impl IntoView {
///     view! {
///         <IconView icon=Icon::Copy />
///         <IconView icon=move || if done.get() { Icon::Check } else { Icon::Cross } />
///     }
/// }
/// ```
#[component]
pub fn IconView(
    /// The drawing.
    #[prop(into)]
    icon: Signal<Icon>,
) -> impl IntoView {
    mount_style(STYLE);
    view! {
        <svg class="wf-icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=move || icon.get().path() />
        </svg>
    }
}

/// The stylesheet of icons.
pub(crate) use crate::theme::ICON_STYLE as STYLE;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An icon as an element, for rows that are drawn without views.
pub(crate) fn icon_element() -> Element {
    let svg = svg_element("svg");
    attribute(&svg, "class", Some("wf-icon"));
    attribute(&svg, "viewBox", Some("0 0 16 16"));
    attribute(&svg, "aria-hidden", Some("true"));
    // An SVG element takes children: this can't fail.
    let _ = svg.append_child(&svg_element("path"));
    svg
}

fn svg_element(tag: &str) -> Element {
    let element = document().create_element_ns(Some(SVG), tag);
    // Fails only for invalid tag names.
    element.unwrap_or_else(JsCast::unchecked_into)
}

/// Redraws an element made by [`icon_element`].
pub(crate) fn set_icon(svg: &Element, icon: Icon) {
    if let Some(path) = svg.first_element_child() {
        attribute(&path, "d", Some(icon.path()));
    }
}
