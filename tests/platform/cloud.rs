//! Agent Data in Chromium: the template `extraction` from a document to an accepted record, with the store of our binary in the place of
//! LlamaCloud, and the official JavaScript client in a page of another origin.

use super::*;
use thirtyfour::{Cookie, WindowHandle};
use workflow_tests::ServerOptions;

/// The key of the store. It must not get into the page.
const KEY: &str = "llx-of-the-test-and-of-nobody-else";

const INVOICE: &str = "Number: 2026-17\nVendor: Example Ltd\nDate: 2026-11-30\nItem: Paper, 5, 7.50\nItem: Ink, one, 24\nTotal: 61.50\n";

fn store() -> Server {
    Server::start(
        Backend::Embedded,
        ServerOptions {
            agent_data: true,
            ..ServerOptions::default()
        },
    )
}

/// Writes the `.env` of the project.
fn configure(project: &Project, store: &Server) {
    let template = std::fs::read_to_string(project.folder.join(".env.template")).expect("a template");
    for name in [
        "LLAMA_CLOUD_BASE_URL=",
        "LLAMA_CLOUD_API_KEY=",
        "LLAMA_AGENTS_PROJECT_ID=",
    ] {
        assert!(
            template.contains(&format!("\n{name}")),
            "{name} is in .env.template"
        );
    }
    let text = format!(
        "LLAMA_CLOUD_BASE_URL={}\nLLAMA_CLOUD_API_KEY={KEY}\nLLAMA_AGENTS_PROJECT_ID=local\n",
        store.origin()
    );
    std::fs::write(project.folder.join(".env"), text).expect("a .env");
}

/// The records, as the store has them.
async fn records(store: &Server) -> Vec<Value> {
    let question =
        json!({ "deployment_name": "_public", "collection": "invoices", "order_by": "created_at" });
    let path = "/api/v1/beta/agent-data/:search?project_id=local";
    let answer = store.api().post(path, &question, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["items"].as_array().expect("a list").clone()
}

impl Shown<'_> {
    async fn value(&self, name: &str) -> String {
        let field = self.find(&format!("//*[@name='{name}']")).await;
        field.prop("value").await.expect("a field").unwrap_or_default()
    }

    /// Writes something else into a field.
    async fn rewrite(&self, name: &str, text: &str) {
        let field = self.find(&format!("//*[@name='{name}']")).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    async fn until_value(&self, name: &str, expected: &str) {
        until(&format!("{expected:?} in {name}"), SOON, async || {
            let value = self.value(name).await;
            if value == expected { Ok(()) } else { Err(value) }
        })
        .await;
    }

    async fn until_notice(&self, words: &str) {
        let path = format!("//*[@data-part='review-notice'][contains(., '{words}')]");
        self.find(&path).await;
    }

    async fn switch(&self, to: &WindowHandle) {
        let driver = self.0.browser.driver();
        driver.switch_to_window(to.clone()).await.expect("a window");
    }
}

/// Starts a run for a document; what is typed survives a reload.
async fn extract(page: &Shown<'_>, name: &str) {
    page.fill("name", name).await;
    page.fill("text", INVOICE).await;
    page.reload().await;
    page.until_value("name", name).await;
    page.until_value("text", INVOICE).await;
    page.press("Extract").await;
    page.until_it_says(&format!("Reading {name}"), SOON).await;
    // The run goes on, and its messages come again.
    page.reload().await;
    page.until_it_says(&format!("Stored {name} for review"), SOON)
        .await;
    page.find("//*[@data-part='item-row'][@data-status='pending_review']")
        .await;
    page.until_it_says("Example Ltd", SOON).await;
}

/// Opens the record, looks a value up in the text, corrects another, and accepts it.
async fn accept(page: &Shown<'_>, store: &Server) {
    page.find("//*[@data-part='item-row']")
        .await
        .click()
        .await
        .expect("a row");
    page.until_value("total", "61.5").await;
    let about = "//*[@aria-label='About Total']";
    page.find(&format!("{about}//summary"))
        .await
        .click()
        .await
        .expect("a summary");
    let show = page
        .find(&format!(
            "{about}//button[starts-with(@aria-label, 'Show Page 1')]"
        ))
        .await;
    show.click().await.expect("a citation");
    until("the cited line", SOON, async || {
        let marked = page
            .look("return document.querySelector('mark')?.textContent ?? ''")
            .await;
        if marked == "Total: 61.50" {
            Ok(())
        } else {
            Err(marked.to_string())
        }
    })
    .await;
    // A quantity that could not be read has the confidence 0, which is a value.
    let zero = "//*[@aria-label='About Quantity'][.//*[@data-level='zero']]";
    page.find(zero).await;
    page.rewrite("items/1/quantity", "1").await;
    page.reload().await;
    page.until_notice("Your unsaved changes are back.").await;
    page.until_value("items/1/quantity", "1").await;
    page.press("Save").await;
    page.until_notice("Saved.").await;
    page.reload().await;
    page.until_value("items/1/quantity", "1").await;
    page.press("Accept").await;
    page.until_notice("Accepted.").await;
    let record = records(store).await.remove(0);
    assert_eq!(record["data"]["status"], "accepted", "{record}");
    assert_eq!(record["data"]["data"]["items"][1]["quantity"], 1, "{record}");
    assert_eq!(
        record["data"]["original_data"]["items"][1]["quantity"],
        Value::Null,
        "{record}"
    );
    assert_eq!(record["project_id"], "local", "{record}");
}

/// Two tabs edit the record that is open: the second to save is shown what the first has changed.
async fn in_two_tabs(page: &Shown<'_>, store: &Server) {
    let driver = page.0.browser.driver();
    let first = driver.window().await.expect("a window");
    let address = page.look("return location.href").await;
    let second = driver.new_tab().await.expect("a tab");
    page.switch(&second).await;
    page.open(address.as_str().unwrap_or_default()).await;
    page.until_value("vendor", "Example Ltd").await;
    page.rewrite("vendor", "Second Ltd").await;
    page.rewrite("date", "2026-12-02").await;
    page.switch(&first).await;
    page.rewrite("vendor", "First Ltd").await;
    page.press("Save").await;
    page.until_notice("Saved.").await;
    page.switch(&second).await;
    // Also after a reload the work of this tab begins with what it saw.
    page.reload().await;
    page.until_value("vendor", "Second Ltd").await;
    page.press("Save").await;
    let change = page.find("//dialog[@open]//*[@data-part='conflict-field']").await;
    let words = change.text().await.expect("a change");
    assert!(
        words.contains("First Ltd") && words.contains("Second Ltd"),
        "{words}"
    );
    assert_eq!(
        records(store).await[0]["data"]["data"]["vendor"],
        "First Ltd",
        "nothing was written"
    );
    let theirs = "//dialog[@open]//*[@data-part='conflict-field']//label[contains(., 'Theirs')]//input";
    page.find(theirs).await.click().await.expect("a choice");
    let save = page
        .find("//dialog[@open]//button[contains(@class, 'wf-button--primary')]")
        .await;
    save.click().await.expect("a button");
    page.until_notice("Saved.").await;
    let data = &records(store).await[0]["data"]["data"];
    assert_eq!(data["vendor"], "First Ltd", "theirs: {data}");
    assert_eq!(
        data["date"], "2026-12-02",
        "and what only this tab changed: {data}"
    );
    driver.close_window().await.expect("a tab that closes");
    page.switch(&first).await;
    // The other tab's write arrives here.
    page.until_value("date", "2026-12-02").await;
}

#[test]
fn the_extraction_template_goes_from_a_document_to_an_accepted_record() {
    on_stage(async |stage| {
        let project = Project::of("extraction");
        let store = store();
        configure(&project, &store);
        let page = Shown(stage);
        {
            let llamactl = Llamactl::start(&project, &[]);
            page.open(&format!("{}{}", llamactl.origin(), project.base()))
                .await;
            page.until_it_says("New invoice", BUILD).await;
            let script = "return [...document.querySelectorAll('meta[name^=llama-]')].map((it) => it.content).join(' ')";
            let texts = page.look(script).await.to_string();
            assert!(
                texts.contains(&store.origin()) && texts.contains("local"),
                "{texts}"
            );
            extract(&page, "march.txt").await;
            accept(&page, &store).await;
            in_two_tabs(&page, &store).await;
            // The same document again takes the place of its record.
            page.find("//h1/a").await.click().await.expect("a link");
            page.find("//*[@data-part='status-count'][@data-review='accepted'][@data-count='1']")
                .await;
            page.rewrite("name", "again.txt").await;
            page.fill("text", INVOICE).await;
            page.press("Extract").await;
            page.until_it_says("Stored again.txt for review", SOON).await;
            page.find("//*[@data-part='status-count'][@data-review='accepted'][@data-count='0']")
                .await;
            let found = records(&store).await;
            assert_eq!(found.len(), 1, "{found:?}");
        }
        let llamactl = Llamactl::start(&project, &["--preview"]);
        page.open(&format!("{}{}", llamactl.origin(), project.base()))
            .await;
        page.until_it_says("again.txt", SOON).await;
        for entry in walk(&project.ui().join("dist")) {
            let bytes = std::fs::read(&entry).expect("a built file");
            let holds = |words: &str| {
                bytes
                    .windows(words.len())
                    .any(|window| window == words.as_bytes())
            };
            for secret in [KEY, "LLAMA_CLOUD_API_KEY"] {
                assert!(!holds(secret), "{} holds {secret}", entry.display());
            }
        }
    });
}

/// What the official client does in a page without a key: it brings the cookie, also to another origin.
const CLIENT: &str = "return import('/node_modules/@llamaindex/llama-cloud/index.mjs').then(async ({ default: LlamaCloud, NotFoundError }) => {
    const records = new LlamaCloud({ baseURL: 'BASE' }).beta.agentData;
    const where = { deployment_name: 'app', collection: 'page' };
    const made = [];
    for (const n of [1, 2, 3]) made.push(await records.create({ ...where, data: { n, status: n > 1 ? 'accepted' : null } }));
    await records.update(made[0].id, { data: { n: 10 } });
    const found = [];
    for await (const item of records.search({ ...where, page_size: 2, order_by: 'n desc' })) found.push(item.data.n);
    const groups = await records.aggregate({ ...where, group_by: ['status'], count: true, order_by: 'status' });
    const counts = groups.items.map((group) => [group.group_key.status, group.count]);
    const deleted = (await records.deleteByQuery({ ...where, filter: { n: { gt: 2 } } })).deleted_count;
    await records.delete(made[1].id);
    const gone = await records.get(made[1].id).then(() => false, (error) => error instanceof NotFoundError);
    return [found, counts, deleted, gone];
}).catch((error) => String(error))";

#[test]
fn the_official_client_works_in_a_page_of_another_origin_by_its_visitors_cookie() {
    let Some(packages) = std::env::var_os("WORKFLOW_TEST_NODE") else {
        eprintln!("WORKFLOW_TEST_NODE is not set: run `cargo xtask test cloud`");
        return;
    };
    on_stage(async |stage| {
        let store = Server::start(
            Backend::Embedded,
            ServerOptions {
                agent_data: true,
                token: Some("secret"),
                ..ServerOptions::default()
            },
        );
        let served = FolderServer::start(packages.into()).await;
        let page = Shown(stage);
        page.open(&format!(
            "{}/node_modules/@llamaindex/llama-cloud/package.json",
            served.origin()
        ))
        .await;
        let script = CLIENT.replace("BASE", &store.origin());
        let refused = page.look(&script).await.to_string();
        assert!(refused.contains("401"), "without a cookie: {refused}");
        // A cookie is of a host, whatever the port.
        let cookie = Cookie::new("session", "secret");
        stage.browser.driver().add_cookie(cookie).await.expect("a cookie");
        assert_eq!(
            page.look(&script).await,
            json!([[10, 3, 2], [["accepted", 2], [null, 1]], 2, true])
        );
    });
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}
