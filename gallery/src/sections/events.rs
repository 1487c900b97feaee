//! Lists of events, and one of them.

use crate::made;
use crate::scene::{Size, Specimen, running, watched};
use leptos::prelude::*;
use workflow_ui_components::event::EventDetail;
use workflow_ui_components::events::EventList;
use workflow_ui_core::UseWorkflowHandlerReturn;

#[component]
fn Events(
    run: UseWorkflowHandlerReturn,
    #[prop(optional)] internal: bool,
    #[prop(optional)] filter: &'static str,
) -> impl IntoView {
    view! {
        <EventList
            run
            internal=RwSignal::new(internal)
            filter=RwSignal::new(filter.to_owned())
            empty="No events yet. They show up here as the run sends them."
        />
    }
}

#[component]
pub(crate) fn EventLists() -> impl IntoView {
    view! {
        <Specimen caption="None yet" size=Size::Tall>
            <Events run=running(made::looping(), 0..0) />
        </Specimen>
        <Specimen caption="Some" size=Size::Tall>
            <Events run=watched(&made::looping()) />
        </Specimen>
        <Specimen caption="With internal ones" size=Size::Tall>
            <Events run=watched(&made::fan_out()) internal=true />
        </Specimen>
        <Specimen caption="Odd ones" size=Size::Tall>
            <Events run=watched(&made::odd_events()) />
        </Specimen>
        <Specimen caption="Filtered" size=Size::Tall>
            <Events run=watched(&made::looping()) filter="Even" />
        </Specimen>
        <Specimen caption="None fits" size=Size::Tall>
            <Events run=watched(&made::looping()) filter="nothing like it" />
        </Specimen>
        <Specimen caption="Ten thousand" size=Size::Wide>
            <Events run=watched(&made::many_events(10_000)) />
        </Specimen>
    }
}

#[component]
fn Detail(run: UseWorkflowHandlerReturn, sequence: u64) -> impl IntoView {
    view! { <EventDetail run sequence on_close=|()| {} /> }
}

#[component]
pub(crate) fn EventDetails() -> impl IntoView {
    view! {
        <Specimen caption="An event" size=Size::Tall>
            <Detail run=watched(&made::interview()) sequence=8 />
        </Specimen>
        <Specimen caption="Unicode" size=Size::Tall>
            <Detail run=watched(&made::odd_events()) sequence=2 />
        </Specimen>
        <Specimen caption="Markup" size=Size::Tall>
            <Detail run=watched(&made::odd_events()) sequence=3 />
        </Specimen>
        <Specimen caption="Deeply nested" size=Size::Tall>
            <Detail run=watched(&made::odd_events()) sequence=5 />
        </Specimen>
        <Specimen caption="A long text" size=Size::Tall>
            <Detail run=watched(&made::odd_events()) sequence=6 />
        </Specimen>
        <Specimen caption="Not there yet" size=Size::Tall>
            <Detail run=running(made::looping(), 0..1) sequence=99 />
        </Specimen>
    }
}
