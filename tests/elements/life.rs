//! Adding and removing elements and providers.

use crate::site::{SOON, Site, pages};
use serde_json::{Value, json};
use workflow_tests::{Backend, FolderServer, Script, ScriptedServer, Stage, ask, run, until};

/// A test on the plain page against the embedded server.
macro_rules! test {
    ($name:ident, $site:ident, $body:block) => {
        #[test]
        fn $name() {
            async fn whole(stage: &Stage) {
                let $site = Site::open(stage, "plain/index.html").await;
                $site.find("[data-part=run-button]").await;
                $body
            }
            run(Backend::Embedded, async |stage| whole(stage).await);
        }
    };
}

test!(
    a_removed_element_closes_its_stream_and_a_second_one_shares_it,
    site,
    {
        let id = site.server.api().start("endless", json!({})).await;
        let show = "document.querySelector('workflow-run').handlerId = args; return true";
        site.ask::<bool>(show, json!(id)).await;
        site.until_dispatched("workflow-event").await;
        site.until_streams(1).await;
        let second = "const it = document.createElement('workflow-run');
        it.id = 'second';
        it.handlerId = args;
        document.querySelector('workflow-provider').append(it);
        return true";
        site.ask::<bool>(second, json!(id)).await;
        site.until(
            "the second to show the run",
            "return document.querySelector('#second [data-part=run]')?.dataset.connection === 'live'",
            json!(null),
        )
        .await;
        assert_eq!(site.proxy.streams(), 1, "two elements, one stream");
        let remove = "document.getElementById(args).remove(); return true";
        site.ask::<bool>(remove, json!("run")).await;
        site.until_dispatched("workflow-event").await;
        assert_eq!(site.server.open_streams().await, 1, "the second still follows it");
        site.ask::<bool>(remove, json!("second")).await;
        site.until_streams(0).await;
        let record = site.server.api().handler(&id).await;
        assert_eq!(record["status"], "running", "the run itself goes on: {record}");
    }
);

// Browsers reset the scroll position of an element that is removed, and the list drew the rows of a position that it no longer showed.
test!(a_list_that_is_moved_shows_the_rows_that_it_showed, site, {
    let steps = json!({ "steps": 400, "per_second": 1000 });
    let id = site.server.api().start("progress", steps).await;
    let show = "window.it = document.querySelector('workflow-run'); it.handlerId = args; return true";
    site.ask::<bool>(show, json!(id)).await;
    site.until_dispatched("workflow-completed").await;
    let scroll = "const grid = it.querySelector('[data-part=events]'); grid.scrollTop = 3000; return true";
    site.ask::<bool>(scroll, json!(null)).await;
    let look = "const grid = it.querySelector('[data-part=events]');
        const box = grid.getBoundingClientRect();
        const seen = [...grid.querySelectorAll('[data-part=event-row]')].filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return row.checkVisibility() && bottom > box.top && top < box.bottom;
        });
        return grid.scrollTop === 3000 && seen.length > 3 && seen.map((row) => Number(row.dataset.seq))";
    let before = site.until("the rows of that place", look, json!(null)).await;
    assert!(before[0].as_u64() > Some(50), "far from the beginning: {before}");
    site.press_own("Move").await;
    let after = site
        .until("the rows of that place again", look, json!(null))
        .await;
    assert_eq!(after, before, "the same rows");
});

test!(an_element_that_comes_back_starts_again, site, {
    let id = site.server.api().start("endless", json!({})).await;
    let show = "window.it = document.querySelector('workflow-run'); it.handlerId = args; return true";
    site.ask::<bool>(show, json!(id)).await;
    site.until_dispatched("workflow-event").await;
    site.ask::<bool>("it.remove(); return true", json!(null)).await;
    site.until_streams(0).await;
    assert_eq!(
        site.ask::<u64>("return it.childNodes.length", json!(null)).await,
        0,
        "nothing is left in it"
    );
    site.ask::<bool>(
        "document.querySelector('workflow-provider').append(it); return true",
        json!(null),
    )
    .await;
    site.until_streams(1).await;
    site.until(
        "the run to be shown again",
        "return it.status === 'running' && it.querySelector('[data-part=run]').dataset.handlerId === args",
        json!(id),
    )
    .await;
});

test!(without_its_provider_nothing_is_left, site, {
    let id = site.server.api().start("endless", json!({})).await;
    let show = "document.querySelector('workflow-run').handlerId = args; return true";
    site.ask::<bool>(show, json!(id)).await;
    site.until_streams(1).await;
    site.ask::<bool>(
        "window.it = document.querySelector('workflow-provider'); it.remove(); return true",
        json!(null),
    )
    .await;
    site.until_streams(0).await;
    site.ask::<bool>("document.body.append(it); return true", json!(null))
        .await;
    site.until_streams(1).await;
});

test!(
    elements_find_a_provider_that_comes_later_and_another_one_when_they_move,
    site,
    {
        // An element without a provider, then one whose provider is added around it, then one of another provider.
        let script = "const list = document.createElement('workflow-runs');
        document.body.append(list);
        window.list = list;
        return list.childNodes.length";
        assert_eq!(
            site.ask::<u64>(script, json!(null)).await,
            0,
            "nobody's element is empty"
        );
        let script = "const own = document.createElement('workflow-provider');
        own.baseUrl = args;
        document.body.append(own);
        own.append(list);
        return true";
        site.ask::<bool>(script, json!(site.proxy.origin())).await;
        site.server
            .api()
            .start("greeting", json!({ "name": "Ada" }))
            .await;
        site.until(
            "the list",
            "return list.querySelector('[data-part=run-row]') !== null",
            json!(null),
        )
        .await;
        let script = "list.parentNode.baseUrl = args; return true";
        site.ask::<bool>(script, json!("/nowhere")).await;
        site.until(
        "the other server's words",
        "return list.querySelector('.wf-error') !== null && !list.querySelector('[data-part=run-row]')?.checkVisibility()",
        json!(null),
    )
    .await;
        let script = "document.querySelector('#elsewhere').append(list); return true";
        site.ask::<bool>(script, json!(null)).await;
        site.until(
            "the first provider's list",
            "return list.querySelector('[data-part=run-row]') !== null",
            json!(null),
        )
        .await;
    }
);

// Symptom: after one failed request for the WASM module all elements stayed empty until the page was reloaded.
// Cause: it was requested once, and a failure was only logged to the console.
#[test]
fn a_failed_bundle_request_is_repeated() {
    run(Backend::Embedded, async |stage| late(stage).await);
}

async fn late(stage: &Stage) {
    let served = FolderServer::start(pages().join("plain")).await;
    served.refuse(Some("workflow_ui_bg.wasm"));
    let driver = stage.browser.driver();
    let address = format!("{}/index.html", served.origin());
    driver.goto(address).await.expect("the page");
    let shown = async |what: &str, script: &str| {
        until(what, SOON, async || {
            if ask::<bool>(&stage.browser, script, json!(null)).await {
                Ok(())
            } else {
                Err(ask::<String>(&stage.browser, "return document.body.innerHTML", json!(null)).await)
            }
        })
        .await;
    };
    shown(
        "why there is nothing",
        "const dispatched = [...document.querySelectorAll('workflow-trigger > [role=alert], workflow-run > [role=alert]')];
        return dispatched.length === 2 && dispatched.every((it) => it.innerText.includes('could not be loaded'))",
    )
    .await;
    served.refuse(None);
    shown(
        "both insides instead",
        "return document.querySelectorAll('.wf-element').length === 2
            && !document.body.innerText.includes('program of this element')",
    )
    .await;
}

// Symptom: with an empty `base-url`, which frameworks write for none, a page below a deployment used the origin instead.
// Cause: only a missing attribute fell back to the page's address.
test!(an_empty_base_url_is_none, site, {
    site.server
        .api()
        .start("greeting", json!({ "name": "Ada" }))
        .await;
    let script = "history.replaceState(null, '', '?api=/nowhere');
        document.body.insertAdjacentHTML('beforeend', '<workflow-provider base-url=\"\"><workflow-runs></workflow-runs></workflow-provider>');
        return true";
    site.ask::<bool>(script, json!(null)).await;
    site.until(
        "the words of the server that the address names",
        "return document.querySelector('workflow-runs .wf-error') !== null",
        json!(null),
    )
    .await;
    let rows = "return document.querySelectorAll('workflow-runs [data-part=run-row]').length";
    assert_eq!(
        site.ask::<u64>(rows, json!(null)).await,
        0,
        "not the origin's runs"
    );
});

// Symptom: with `?api=/%09/evil.example` the provider sent its token to evil.example.
// Cause: the check compared texts, while browsers strip tabs and line breaks and read `\` as `/`.
test!(a_link_does_not_get_the_token, site, {
    let other = ScriptedServer::start(Script::new()).await;
    let host = other.base().replace("http://", "");
    for (link, reason) in [
        ("/%09/HOST", "control character"),
        ("/%0A/HOST", "control character"),
        ("/%0D/HOST", "control character"),
        ("/%09%5CHOST", "control character"),
        ("/%5CHOST", "another origin"),
        ("http:////HOST", "another origin"),
        ("http://HOST", "another origin"),
        ("javascript://HOST", "javascript: can't be used"),
    ] {
        let script = "history.replaceState(null, '', `?api=${args}`);
            window.said = undefined;
            console.error = (error) => { window.said ??= error.message };
            window.own = document.createElement('workflow-provider');
            own.token = 'secret';
            own.append(document.createElement('workflow-runs'));
            document.body.append(own);
            return true";
        site.ask::<bool>(script, json!(link.replace("HOST", &host))).await;
        let said = site.until("why not", "return window.said", json!(null)).await;
        assert!(said.to_string().contains(reason), "{link}: {said}");
        site.ask::<bool>("own.remove(); return true", json!(null)).await;
    }
    // The page's own address, if it is invalid, is not used either.
    let script = "own.baseUrl = args; document.body.append(own); window.said = undefined; return true";
    site.ask::<bool>(script, json!(format!("/\t/{host}"))).await;
    let said = site.until("why not", "return window.said", json!(null)).await;
    assert!(said.to_string().contains("base-url"), "{said}");
    assert_eq!(other.requests(), [""; 0], "nothing was asked of it");
    assert_eq!(other.authorizations(), [""; 0], "no token reached it");
});

test!(a_link_can_not_choose_another_origin, site, {
    let id = site
        .server
        .api()
        .start("greeting", json!({ "name": "Ada" }))
        .await;
    let script = "history.replaceState(null, '', '?api=http://other.example/');
        console.error = (error) => { window.said = error.message };
        window.own = document.createElement('workflow-provider');
        window.list = document.createElement('workflow-runs');
        own.append(list);
        document.body.append(own);
        return true";
    site.ask::<bool>(script, json!(null)).await;
    let said = site.until("why not", "return window.said", json!(null)).await;
    assert!(said.to_string().contains("another origin"), "{said}");
    let asked: bool = site
        .ask(
            "return list.childNodes.length > 0 || performance.getEntriesByType('resource').some((it) => it.name.includes('other'))",
            json!(null),
        )
        .await;
    assert!(!asked, "nothing was asked of it");
    // An attribute of the page has priority.
    let script = "own.baseUrl = args; return true";
    site.ask::<bool>(script, json!(site.proxy.origin())).await;
    let row = "return list.querySelector('[data-part=run-row]')?.dataset.handlerId === args";
    site.until("the list", row, json!(id)).await;
});

test!(properties_that_were_set_before_the_class_was_there_count, site, {
    // An element without its class, which a parser or a framework created before the module is loaded.
    let script = "const other = document.implementation.createHTMLDocument();
        const it = other.createElement('workflow-trigger');
        it.workflow = 'greeting';
        it.input = { name: 'Ada' };
        it.label = 'Greet';
        document.querySelector('workflow-provider').append(it);
        window.it = it;
        return it.getAttribute('input')";
    let input: Value = site.ask(script, json!(null)).await;
    assert_eq!(
        input,
        json!(r#"{"name":"Ada"}"#),
        "the property became the attribute"
    );
    let words = site
        .until("its button", "return it.innerText.trim()", json!(null))
        .await;
    assert_eq!(words, "Greet", "with input and label it is a button");
    site.ask::<bool>("it.querySelector('button').click(); return true", json!(null))
        .await;
    let started = site.until_dispatched("workflow-started").await;
    assert_eq!(started["input"], json!({ "name": "Ada" }), "{started}");
});

// Symptom: after a late token a trigger's form and a chat still showed the refusal.
// Cause: only runs and lists were requested again.
test!(a_new_token_asks_again_for_forms_and_chats, site, {
    let script = "const plain = window.fetch;
        window.fetch = (request, ...rest) => {
          const { headers, url } = request instanceof Request ? request : new Request(request, ...rest);
          const isKnown = headers.get('authorization') === 'Bearer right';
          if (isKnown || !url.includes('/workflows/')) return plain(request, ...rest);
          return Promise.resolve(Response.json({ detail: 'Who are you?' }, { status: 401 }));
        };
        document.querySelector('#elsewhere').innerHTML =
          '<workflow-trigger workflow=greeting></workflow-trigger><workflow-chat workflow=greeting></workflow-chat>';
        return true";
    site.ask::<bool>(script, json!(null)).await;
    site.until(
        "the server's words in both",
        "return [...document.querySelectorAll('#elsewhere > *')].every((it) => it.innerText.includes('Who are you?'))",
        json!(null),
    )
    .await;
    let script = "document.querySelector('workflow-provider').token = 'right'; return true";
    site.ask::<bool>(script, json!(null)).await;
    site.until(
        "a form and a chat",
        "const [trigger, chat] = document.querySelectorAll('#elsewhere > *');
        return trigger.querySelector('[name=name]') !== null && !chat.innerText.includes('Who are you?')",
        json!(null),
    )
    .await;
});

test!(a_list_opens_what_is_chosen_in_it, site, {
    let id = site
        .server
        .api()
        .start("greeting", json!({ "name": "Ada" }))
        .await;
    let script = "document.querySelector('#elsewhere').innerHTML = '<workflow-runs for=\"run\"></workflow-runs>'; return true";
    site.ask::<bool>(script, json!(null)).await;
    site.press("workflow-runs [data-part=run-row]").await;
    let chosen = site.until_dispatched("workflow-select").await;
    assert_eq!(chosen, json!({ "handlerId": id, "workflow": "greeting" }));
    let completed = site.until_dispatched("workflow-completed").await;
    assert_eq!(
        completed["handlerId"], id,
        "also of a run that ended before: {completed}"
    );
});

test!(failures_show_the_servers_text, site, {
    let id = site.server.api().start("failing", json!({})).await;
    site.ask::<bool>(
        "document.querySelector('workflow-run').handlerId = args; return true",
        json!(id),
    )
    .await;
    let failed = site.until_dispatched("workflow-failed").await;
    let record = site.server.api().handler(&id).await;
    assert_eq!(failed["error"], record["error"], "{failed} of {record}");
    let script = "const it = document.createElement('workflow-trigger');
        it.workflow = 'nothing-of-this-name';
        it.input = {};
        document.querySelector('#elsewhere').append(it);
        window.it = it;
        return true";
    site.ask::<bool>(script, json!(null)).await;
    site.until(
        "its button",
        "return it.querySelector('button') !== null",
        json!(null),
    )
    .await;
    site.ask::<bool>("it.querySelector('button').click(); return true", json!(null))
        .await;
    let words = site
        .until(
            "the words",
            "return it.querySelector('[role=alert]')?.innerText",
            json!(null),
        )
        .await;
    assert!(
        words.to_string().contains("not found"),
        "the server's words: {words}"
    );
    site.ask::<bool>("it.setAttribute('input', '{'); return true", json!(null))
        .await;
    site.until(
        "what is wrong with the input",
        "return it.querySelector('[role=alert]')?.innerText.includes('no JSON') && !it.querySelector('button')",
        json!(null),
    )
    .await;
});

test!(a_chat_starts_a_run_and_answers_it, site, {
    let script = "document.querySelector('#elsewhere').innerHTML = '<workflow-chat workflow=\"interview\"></workflow-chat>';
        window.it = document.querySelector('workflow-chat');
        return true";
    site.ask::<bool>(script, json!(null)).await;
    for (words, wait) in [("Hello", "What is your name"), ("Ada", "to drink, Ada")] {
        let field = site.find("workflow-chat textarea, workflow-chat input").await;
        field.send_keys(words).await.expect("words");
        let ready = "return it.querySelector('[type=submit]')?.disabled === false";
        site.until("what the workflow takes to be known", ready, json!(null))
            .await;
        field.send_keys("\n").await.expect("Enter");
        site.until(wait, "return it.innerText.includes(args)", json!(wait))
            .await;
    }
    let started = site.until_dispatched("workflow-started").await;
    let id: String = site.ask("return it.handlerId", json!(null)).await;
    assert_eq!(
        started["handlerId"], id,
        "the chat goes on with its run: {started}"
    );
    let asked = site.until_dispatched("workflow-input-required").await;
    assert_eq!(asked["handlerId"], id, "{asked}");
});

test!(methods_answer_and_cancel, site, {
    let id = site.server.api().start("interview", json!({})).await;
    let script = "document.querySelector('#elsewhere').innerHTML = `<workflow-prompt handler-id=\"${args}\"></workflow-prompt>`;
        window.it = document.querySelector('workflow-prompt');
        return true";
    site.ask::<bool>(script, json!(id)).await;
    site.until(
        "the question",
        "return it.prompts.length === 1 && it.querySelector('[data-part=prompt]') !== null",
        json!(null),
    )
    .await;
    let answer = "const [{ sequence }] = it.prompts;
        it.respond(sequence, 'HumanResponseEvent', { response: 'Ada' });
        return sequence";
    let first: u64 = site.ask(answer, json!(null)).await;
    site.until(
        "the next question",
        "return it.prompts.some((prompt) => prompt.sequence > args && prompt.text.includes('Ada'))",
        json!(first),
    )
    .await;
    let again = "try { it.respond(args, 'HumanResponseEvent', {}); return null } catch (error) { return error.message }";
    let refused: String = site.ask(again, json!(first)).await;
    assert!(
        refused.contains("question"),
        "what is answered is not answered twice: {refused}"
    );
    let outcome: String = site.ask("return it.cancel()", json!(null)).await;
    assert_eq!(outcome, "cancelled");
    site.server
        .api()
        .until_status(&id, "cancelled", crate::site::SOON)
        .await;
    site.until("its status", "return it.status === 'cancelled'", json!(null))
        .await;
});

test!(a_token_is_asked_for_at_each_request_and_stands_nowhere, site, {
    let script = "window.sent = [];
        const plain = window.fetch;
        window.fetch = (request, ...rest) => {
          const { headers } = new Request(request, ...rest);
          sent.push(headers.get('authorization'), headers.get('x-team'));
          return plain(request, ...rest);
        };
        const provider = document.querySelector('workflow-provider');
        provider.token = 'one';
        provider.headers = async () => ({ 'x-team': 'blue' });
        document.querySelector('#elsewhere').innerHTML = '<workflow-runs></workflow-runs>';
        return true";
    site.ask::<bool>(script, json!(null)).await;
    site.until(
        "the first token",
        "return sent.includes('Bearer one') && sent.includes('blue')",
        json!(null),
    )
    .await;
    site.ask::<bool>(
        "document.querySelector('workflow-provider').token = async () => 'two'; return true",
        json!(null),
    )
    .await;
    site.until(
        "the second token",
        "return sent.at(-2) === 'Bearer two'",
        json!(null),
    )
    .await;
    let html: String = site
        .ask("return document.documentElement.outerHTML", json!(null))
        .await;
    assert!(
        !html.contains("Bearer") && !html.contains("token"),
        "no attribute holds it"
    );
});

test!(elements_that_came_and_went_leave_nothing, site, {
    let id = site.server.api().start("interview", json!({})).await;
    let script = "const place = document.querySelector('#elsewhere');
        const frame = () => new Promise((done) => requestAnimationFrame(done));
        return (async () => {
          for (let round = 0; round < args.rounds; round += 1) {
            place.innerHTML = `<workflow-run handler-id='${args.id}'></workflow-run>
              <workflow-prompt handler-id='${args.id}' shadow></workflow-prompt>
              <workflow-chat handler-id='${args.id}' workflow='interview'></workflow-chat>
              <workflow-runs></workflow-runs><workflow-trigger workflow='greeting'></workflow-trigger>`;
            while (!place.querySelector('workflow-run [data-part=prompt]') || !place.querySelector('[data-part=run-row]')
              || !place.querySelector('[data-part=run-button]')) await frame();
            place.replaceChildren();
            document.querySelector('#dispatched').replaceChildren();
            await new Promise((done) => setTimeout(done, 20));
          }
          return true;
        })()";
    site.ask::<bool>(script, json!({ "id": id, "rounds": 5 })).await;
    let before = site.held().await;
    site.ask::<bool>(script, json!({ "id": id, "rounds": 10 })).await;
    let after = site.held().await;
    // One round creates hundreds of nodes and dozens of listeners.
    assert!(
        after.0 < before.0 + 100 && after.1 < before.1 + 10,
        "nodes and listeners after 5 rounds and after 15: {before:?}, {after:?}"
    );
    site.until_streams(0).await;
});
