//! Input methods (IME): during composition Enter, Escape and the arrows belong to the input method.

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::Stage;

use crate::RUN;

on!(alone, Embedded: keys_of_a_composition_are_ignored);

/// Presses `args[1]` on `element`: during a composition, as Safari reports the end of a composition, and without one. Returns for each
/// whether the key was handled.
const PRESS: &str = "
    const press = (more) => !element.dispatchEvent(new KeyboardEvent('keydown',
        { key: args[1], bubbles: true, composed: true, cancelable: true, ...more }));
    return [press({ isComposing: true }), press({ keyCode: 229 }), press({})];";

// Symptom: Enter, pressed to accept a word of an input method, ran a command of the palette.
// Cause: most key handlers did not check for a composition.
async fn keys_of_a_composition_are_ignored(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    let sequences = page.all_sequences().await;
    page.open_event(sequences.first().copied().expect("an event"))
        .await;
    let grid = |name: &str| {
        format!("[...document.querySelectorAll('[role=grid]')].find((it) => label(it) === '{name}')")
    };
    // The last key closes the container of the others first.
    for (what, find, key) in [
        ("the list of runs", grid("Runs"), "ArrowDown"),
        ("the list of events", grid("Events"), "End"),
        (
            "the search in the event",
            "byRole('textbox', 'Search in event')".to_owned(),
            "Enter",
        ),
        (
            "the payload as a tree",
            "part('event').querySelector('[role=tree]')".to_owned(),
            "ArrowDown",
        ),
        (
            "a divider",
            "document.querySelector('[role=separator]')".to_owned(),
            "ArrowRight",
        ),
        ("the whole page", "document.body".to_owned(), "i"),
        ("the tabs", "byRole('tab', 'Events')".to_owned(), "ArrowRight"),
        ("the event", "part('event')".to_owned(), "Escape"),
    ] {
        let script = format!("const element = {find};\n{PRESS}");
        let taken: [bool; 3] = page.ask(&script, json!([null, key])).await;
        assert_eq!(
            taken,
            [false, false, true],
            "{what} takes {key} only outside a composition"
        );
    }
    page.keys(Key::Control + "k").await;
    page.type_in("Command", "Switch the theme").await;
    let theme = "return document.documentElement.dataset.theme ?? null";
    let before: Value = page.ask(theme, json!([])).await;
    let script = "const element = byRole('textbox', 'Command');
        const was = [];
        for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
            was.push(!element.dispatchEvent(new KeyboardEvent('keydown', { key: args[1], bubbles: true, cancelable: true, ...more })));
        }
        await frame();
        await frame();
        return [...was, document.querySelector('dialog[open]') !== null];";
    let seen: [bool; 3] = page.ask_slowly(script, json!([null, "Enter"])).await;
    assert_eq!(
        seen,
        [false, false, true],
        "the palette waits for the end of the composition"
    );
    assert_eq!(
        page.ask::<Value>(theme, json!([])).await,
        before,
        "no command ran"
    );
    page.key_in("Command", Key::Enter).await;
    page.find(
        "another theme",
        &format!("return (() => {{ {theme} }})() === args[0] ? null : document.body"),
        json!([before]),
    )
    .await;
}
