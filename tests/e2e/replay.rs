//! Replays of a run.

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{Page, ReplayView, Script, Stage, until};

use crate::RUN;
use crate::interview::{NAME, answer_drink, answer_name};

on_both!(
    graph_and_timeline_show_the_replay_position,
    prompts_and_result_match_the_replay_position,
    a_waiting_run_is_replayed_and_answered,
    retries_are_replayed,
    a_stream_of_tokens_plays_to_its_end,
    the_log_matches_verbose_mode,
    a_continued_handler_has_no_moment_of_the_run_before,
);

on!(alone, Embedded:
    a_moment_has_an_address,
    another_run_has_no_moment,
    single_keys_step_the_replay_anywhere,
    a_replay_works_by_keyboard,
    the_key_of_prompts_leads_back_to_now,
    agents_have_turns_tools_and_handoffs,
);

/// Waits until the text of a row of the graph satisfies `wanted`.
async fn until_node(page: &Page<'_>, id: &str, wanted: &str) {
    until(&format!("{id} to be {wanted:?}"), RUN, async || {
        let nodes = page.nodes().await;
        let node = nodes.iter().find(|node| node.node == id);
        match node {
            Some(node) if node.text.contains(wanted) => Ok(()),
            _ => Err(format!("{nodes:#?}")),
        }
    })
    .await;
}

/// Opens the replay of the open run, which starts at the newest event.
pub(crate) async fn open_replay(page: &Page<'_>) -> ReplayView {
    page.press("Replay").await;
    page.until_replay("the newest event", |_| true).await
}

/// Goes to the first event.
async fn rewind(page: &Page<'_>) {
    page.replay_keys(Key::Home.value().to_string()).await;
    page.until_replay("the first event", |replay| {
        replay.valuetext.starts_with("Event 1 of ") && replay.text.starts_with("running")
    })
    .await;
}

async fn is_there(page: &Page<'_>, part: &str) -> bool {
    page.ask(
        "const it = part(args[0]); return !!it && shown(it)",
        json!([part]),
    )
    .await
}

async fn graph_and_timeline_show_the_replay_position(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("fan_out", &[("pieces", "4"), ("seconds", "0.1")])
        .await;
    page.until_status("completed", RUN).await;
    page.view("Graph").await;
    until_node(&page, "work", "×4").await;
    let end = open_replay(&page).await;
    assert!(end.text.contains("9 of 9 turns"), "{}", end.text);
    assert!(end.text.starts_with("completed"), "{}", end.text);

    rewind(&page).await;
    until_node(&page, "split", "at work: 1").await;
    until_node(&page, "work", "not taken").await;
    let first = page.replay().await.expect("a replay");
    assert!(first.text.contains("running split"), "{}", first.text);
    // Step by step: first the end of `split`, then the pieces.
    page.replay_keys(".").await;
    page.until_replay("the end of split", |replay| {
        replay.text.contains("1 of 9 turns") && !replay.text.contains("running split")
    })
    .await;
    page.replay_keys("...").await;
    until_node(&page, "work", "at work: 3").await;
    page.replay_keys(",").await;
    until_node(&page, "work", "at work: 2").await;
    // The detail of a node follows the moment, too.
    let row = "return parts('graph-node').find((it) => it.dataset.node === 'work')";
    page.click("the node of the step", row, json!([])).await;
    let detail = "return words(part('node')).includes(args[0]) ? part('node') : null";
    page.find("its workers", detail, json!(["at work: 2"])).await;
    page.replay_keys(".").await;
    page.find("one worker more", detail, json!(["at work: 3"])).await;
    page.replay_keys(",").await;

    page.view("Timeline").await;
    let script = "return parts('step-run').filter(shown).map((it) => [it.dataset.step, it.dataset.outcome ?? '', 'future' in it.dataset])";
    let turns = until("the turns of the moment", RUN, async || {
        let turns: Vec<(String, String, bool)> = page.ask(script, json!([])).await;
        if turns.iter().filter(|turn| turn.1 == "running").count() == 2 {
            Ok(turns)
        } else {
            Err(format!("{turns:?}"))
        }
    })
    .await;
    assert_eq!(turns.iter().filter(|turn| turn.2).count(), 6, "{turns:?}");

    page.press("Back to live").await;
    until("the replay to close", RUN, async || match page.replay().await {
        None => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    let turns: Vec<(String, String, bool)> = page.ask(script, json!([])).await;
    assert!(turns.iter().all(|turn| turn.1 == "returned"), "{turns:?}");
    let focused: String = page
        .ask("return document.activeElement.textContent.trim()", json!([]))
        .await;
    assert_eq!(focused, "Replay", "the focus is not lost with the bar");
}

async fn prompts_and_result_match_the_replay_position(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    answer_name(&page).await;
    answer_drink(&page).await;
    page.until_status("completed", RUN).await;
    page.result().await;
    open_replay(&page).await;
    assert!(is_there(&page, "result").await, "the replay is at the end");

    rewind(&page).await;
    until("the result to be hidden", RUN, async || {
        if is_there(&page, "result").await {
            Err("it is there".to_owned())
        } else {
            Ok(())
        }
    })
    .await;
    page.view("Result").await;
    page.until_text("There was no result at this moment").await;
    // The step that asks starts and stops, then the prompt follows.
    page.replay_keys("..").await;
    let asked = page
        .until_replay("a prompt", |replay| replay.text.starts_with("waiting"))
        .await;
    let text: String = page.ask("return words(part('prompts-then'))", json!([])).await;
    assert!(
        text.contains(NAME) && text.contains(&format!("#{}", asked.at)),
        "{text}"
    );
    assert!(
        !is_there(&page, "prompt").await,
        "nothing is to be answered in a replay"
    );

    page.replay_keys(Key::End.value().to_string()).await;
    page.until_replay("the end", |replay| replay.text.starts_with("completed"))
        .await;
    assert!(page.result().await.contains("tea"), "the result is back");
    assert!(!is_there(&page, "prompts-then").await);
}

async fn a_waiting_run_is_replayed_and_answered(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    open_replay(&page).await;
    page.until_text("1 prompt is open now.").await;
    assert!(!is_there(&page, "prompt").await, "its form is hidden");
    rewind(&page).await;
    assert_eq!(
        page.run().await.map(|run| run.status).as_deref(),
        Some("waiting"),
        "the run itself is where it was"
    );
    page.press("Back to live").await;
    answer_name(&page).await;
}

async fn retries_are_replayed(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("failing", &[]).await;
    page.until_status("failed", RUN).await;
    page.failure().await;
    page.view("Graph").await;
    until_node(&page, "write", "×3").await;
    open_replay(&page).await;
    rewind(&page).await;
    assert!(!is_there(&page, "failure").await, "the run had not failed yet");
    page.replay_keys("...").await;
    until_node(&page, "write", "×1").await;
    page.replay_keys("..").await;
    until_node(&page, "write", "×2").await;
    page.replay_keys(Key::End.value().to_string()).await;
    until_node(&page, "write", "×3").await;
    page.failure().await;
}

async fn a_stream_of_tokens_plays_to_its_end(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("tokens", &[]).await;
    page.until_status("completed", RUN).await;
    let end = open_replay(&page).await;
    page.pick("Speed", "0.25").await;
    // At the end it starts from the beginning.
    page.press("Play").await;
    page.until_replay("an earlier event", |replay| replay.at < end.at && replay.playing)
        .await;
    page.pick("Speed", "64").await;
    page.until_replay("the end again", |replay| replay.at == end.at && !replay.playing)
        .await;
}

async fn a_moment_has_an_address(stage: &Stage) {
    let handler = stage
        .api()
        .start("loop", json!({ "number": 6, "seconds": 0 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}&at=4")).await;
    page.until_replay("the moment of the address", |replay| {
        replay.at == 4 && replay.text.contains("Event 5 of")
    })
    .await;
    let rows = "return parts('event-row').filter(shown).map((it) => [Number(it.dataset.seq), 'future' in it.dataset, it.ariaCurrent === 'true'])";
    let rows = until("rows of the future", RUN, async || {
        let found: Vec<(u64, bool, bool)> = page.ask(rows, json!([])).await;
        if found.iter().any(|row| row.1) {
            Ok(found)
        } else {
            Err(format!("{found:?}"))
        }
    })
    .await;
    assert!(rows.iter().all(|row| row.1 == (row.0 > 4)), "{rows:?}");
    assert_eq!(
        rows.iter().filter(|row| row.2).count(),
        1,
        "one row is the last that counts"
    );

    page.replay_keys(Key::Right.value().to_string()).await;
    until("the address", RUN, async || {
        let address = page.address().await;
        if address.contains("&at=5") {
            Ok(())
        } else {
            Err(address)
        }
    })
    .await;
    page.reload().await;
    page.until_replay("the same moment", |replay| replay.at == 5)
        .await;
    page.press("Back to live").await;
    until("the address of the run alone", RUN, async || {
        let address = page.address().await;
        if address.contains("at=") {
            Err(address)
        } else {
            Ok(())
        }
    })
    .await;
}

// Symptom: after `Continue` the new run was shown as it was at an event of the run before. Cause: `at=` stayed in the address.
async fn a_continued_handler_has_no_moment_of_the_run_before(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start("greeting", &[("name", "Ada")]).await;
    let first = page.until_status("completed", RUN).await;
    open_replay(&page).await;
    rewind(&page).await;
    page.press("Continue").await;
    page.fill("name", "Grace").await;
    page.press_run().await;
    page.until_run("the second run", RUN, |run| {
        run.handler == handler && run.run != first.run && run.status == "completed"
    })
    .await;
    assert!(page.replay().await.is_none(), "the run is shown as it is now");
    let address = page.address().await;
    assert!(!address.contains("at="), "{address}");
    // Another client continues the handler while a moment is shown.
    let second = page.run().await.expect("a run").run;
    open_replay(&page).await;
    let body = json!({ "start_event": { "name": "Eve" }, "handler_id": handler }).to_string();
    let path = "/workflows/greeting/run";
    let continued = stage.api().send("POST", path, Some(&body)).await;
    assert_eq!(continued.status, 200, "{continued:?}");
    page.until_run("the third run", RUN * 2, |run| {
        run.run != second && run.status == "completed"
    })
    .await;
    until("no replay", RUN, async || {
        let address = page.address().await;
        match page.replay().await {
            None if !address.contains("at=") => Ok(()),
            other => Err(format!("{address} {other:?}")),
        }
    })
    .await;
}

async fn a_replay_works_by_keyboard(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada"), ("count", "5")]).await;
    page.until_status("completed", RUN).await;
    page.ask::<bool>("byRole('button', 'Replay').focus(); return true", json!([]))
        .await;
    page.keys(Key::Enter.value().to_string()).await;
    page.until_focused("Position").await;
    let end = page
        .until_replay("the end", |replay| replay.text.starts_with("completed"))
        .await;
    page.keys(Key::Left.value().to_string()).await;
    page.until_replay("the event before", |replay| replay.at < end.at)
        .await;
    page.keys(Key::Home.value().to_string()).await;
    page.until_replay("the first event", |replay| {
        replay.valuetext.starts_with("Event 1 of")
    })
    .await;
    page.keys(" ").await;
    page.until_replay("that it plays", |replay| replay.playing || replay.at == end.at)
        .await;
    page.until_replay("the end of it", |replay| replay.at == end.at && !replay.playing)
        .await;
    page.keys(Key::Tab.value().to_string()).await;
    page.until_focused("Back to live").await;
    page.keys(Key::Enter.value().to_string()).await;
    page.until_focused("Replay").await;
    assert!(page.replay().await.is_none());
}

// Symptom: `p` did nothing in a replay of a run that waits. Cause: the prompt that it focused was hidden.
async fn the_key_of_prompts_leads_back_to_now(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    open_replay(&page).await;
    rewind(&page).await;
    page.keys("p").await;
    let field = "const it = document.activeElement; return it.closest('[data-part=prompt]') ? it : null";
    page.find("the focus in the prompt", field, json!([])).await;
    assert!(page.replay().await.is_none(), "the prompt is one of now");
    assert!(!page.address().await.contains("at="));
}

async fn another_run_has_no_moment(stage: &Stage) {
    let mut handlers = Vec::new();
    for _ in 0..2 {
        let handler = stage.api().start("greeting", json!({ "name": "Ada" })).await;
        stage.api().until_status(&handler, "completed", RUN).await;
        handlers.push(handler);
    }
    let page = stage.page();
    page.open(&format!("?run={}&at=1", handlers[0])).await;
    page.until_replay("the moment of the address", |replay| replay.at == 1)
        .await;
    page.open_run(&handlers[1]).await;
    until("no replay", RUN, async || match page.replay().await {
        None => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    page.browser().driver().back().await.expect("a way back");
    page.until_replay("the moment again", |replay| replay.at == 1)
        .await;
}

async fn single_keys_step_the_replay_anywhere(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", RUN).await;
    page.view("Timeline").await;
    page.keys(",").await;
    let end = page
        .until_replay("the newest event", |replay| replay.text.starts_with("completed"))
        .await;
    page.keys(",").await;
    let before = page
        .until_replay("the step before", |replay| replay.at < end.at)
        .await;
    page.keys(".").await;
    page.until_replay("the step after", |replay| replay.at > before.at)
        .await;
    page.press("Back to live").await;
}

pub(crate) async fn lines(page: &Page<'_>) -> Vec<String> {
    let script = "return parts('log-line').filter(shown)
        .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top).map(words)";
    page.ask(script, json!([])).await
}

async fn the_log_matches_verbose_mode(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("failing", &[]).await;
    page.until_status("failed", RUN).await;
    page.view("Log").await;
    let found = until("nine lines", RUN, async || {
        let found = lines(&page).await;
        if found.len() == 9 {
            Ok(found)
        } else {
            Err(format!("{found:#?}"))
        }
    })
    .await;
    let wanted = [
        "Running step prepare",
        "Step prepare produced event Draft",
        "Running step write",
        "Step write failed with event Draft",
        "Running step write, attempt 2",
        "Step write failed with event Draft",
        "Running step write, attempt 3",
        "Step write failed with event Draft: ValueError: kaput: disk full",
        "The run ended",
    ];
    for (line, wanted) in found.iter().zip(wanted) {
        assert!(line.contains(wanted), "{wanted:?} in {found:#?}");
    }
    page.type_in("Filter log", "attempt").await;
    until("the filtered lines", RUN, async || {
        let found = lines(&page).await;
        if found.len() == 3 {
            Ok(())
        } else {
            Err(format!("{found:#?}"))
        }
    })
    .await;
    let line = "return parts('log-line').filter(shown)[0]";
    page.click("a line", line, json!([])).await;
    let text = page.event_text().await;
    assert!(text.contains("write"), "its event is open: {text}");
}

async fn agents_have_turns_tools_and_handoffs(stage: &Stage) {
    let researcher = "Researcher";
    let mut script = Script::new().event(
        "AgentInput",
        &json!({ "input": [], "current_agent_name": researcher }),
    );
    for piece in ["Let ", "me ", "look."] {
        let value = json!({ "delta": piece, "current_agent_name": researcher, "tool_calls": [] });
        script = script.event("AgentStream", &value);
    }
    let answered = script.next();
    let output = json!({ "content": "Tea is made of leaves.", "is_error": false });
    let call = json!({ "tool_name": "search", "tool_kwargs": { "query": "tea" }, "tool_id": "c1" });
    let result = json!({ "tool_name": "search", "tool_kwargs": {}, "tool_id": "c1", "tool_output": output });
    let handoff = json!({ "tool_name": "handoff", "tool_kwargs": { "to_agent": "Writer", "reason": "facts" }, "tool_id": "c2" });
    let script = script
        .event(
            "AgentOutput",
            &json!({ "response": { "content": "Let me look." }, "current_agent_name": researcher }),
        )
        .event("ToolCall", &call)
        .event("ToolCallResult", &result)
        .event("ToolCall", &handoff)
        .event(
            "AgentInput",
            &json!({ "input": [], "current_agent_name": "Writer" }),
        )
        .event(
            "AgentOutput",
            &json!({ "response": { "content": "Tea!" }, "current_agent_name": "Writer" }),
        )
        .completed(&json!("Tea!"));
    let page = stage.completed(script).await;
    page.view("Agents").await;
    let shown = "return { agent: part('agents')?.dataset.agent ?? '', texts: parts('agent-text').map(words),
        calls: parts('agent-call').map((it) => [it.dataset.tool, it.dataset.state]), handoffs: parts('agent-handoff').map(words) }";
    let until_shown = async |what: &str, wanted: serde_json::Value| {
        until(what, RUN, async || {
            let found: serde_json::Value = page.ask(shown, json!([])).await;
            if found == wanted {
                Ok(())
            } else {
                Err(found.to_string())
            }
        })
        .await;
    };
    let both = json!({ "agent": "Writer", "texts": ["Let me look.", "Tea!"],
        "calls": [["search", "done"], ["handoff", "running"]], "handoffs": ["Handed over to Writer: facts"] });
    until_shown("both turns", both).await;
    page.press("Replay").await;
    page.replay_keys(Key::Home.value().to_string()).await;
    let keys = Key::Right.value().to_string().repeat(answered as usize - 1);
    page.replay_keys(keys).await;
    let part = json!({ "agent": researcher, "texts": ["Let me look."], "calls": [], "handoffs": [] });
    until_shown("the first turn alone", part).await;
}
