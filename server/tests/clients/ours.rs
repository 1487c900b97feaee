//! The scenario by our own types over plain HTTP.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};
use workflow_cloud::{
    AgentData, AggregateRequest, CreateRequest, DeleteRequest, DeletedCount, ExtractedData, Filter,
    GroupPage, Order, ReviewStatus, SearchPage, SearchRequest, UpdateRequest, endpoint, mean_confidence,
};

const COLLECTION: &str = "ours";

struct Client {
    base: String,
    http: reqwest::Client,
}

impl Client {
    async fn send(&self, method: &str, path: &str, body: Option<String>) -> (u16, String) {
        let mut request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}", self.base));
        request = request.header("authorization", "Bearer secret");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> String {
        let (status, text) = self
            .send("POST", path, Some(serde_json::to_string(body).unwrap()))
            .await;
        assert_eq!(status, 200, "{text}");
        text
    }

    async fn search(&self, search: &SearchRequest) -> SearchPage {
        SearchPage::parse(&self.post(endpoint::SEARCH, search).await).unwrap()
    }

    /// The numbers of all pages.
    async fn pages(&self, mut search: SearchRequest) -> Vec<i64> {
        let mut all = Vec::new();
        loop {
            let page = self.search(&search).await;
            all.extend(numbers(&page));
            search.page_token = page.next_page_token;
            if search.page_token.is_none() {
                return all;
            }
        }
    }
}

fn numbers(page: &SearchPage) -> Vec<i64> {
    let items = page.items.iter().map(|item| item.as_ref().unwrap());
    items.map(|item| item.data["n"].as_i64().unwrap()).collect()
}

fn search(filter: &Value, order: &Value, size: u32) -> SearchRequest {
    SearchRequest {
        filter: Filter::raw(filter.clone()),
        order_by: order.as_str().unwrap_or_default().parse().unwrap(),
        page_size: Some(size),
        ..SearchRequest::new("app", COLLECTION)
    }
}

/// Keys, counts and first items of the groups.
async fn aggregates(client: &Client, questions: Vec<Value>) -> Value {
    let mut answers = Vec::new();
    for question in questions {
        let names = question["group_by"].as_array().into_iter().flatten();
        let order = question["order_by"].as_str().unwrap_or_default();
        let request = AggregateRequest {
            filter: Filter::raw(question["filter"].clone()),
            group_by: names.map(|name| name.as_str().unwrap().to_owned()).collect(),
            order_by: order.parse::<Order>().unwrap(),
            first: question["first"] == true,
            count: question["count"] == true,
            ..AggregateRequest::count("app", COLLECTION)
        };
        let page: GroupPage = GroupPage::parse(&client.post(endpoint::AGGREGATE, &request).await).unwrap();
        let groups = page.items.iter().map(|group| {
            let first = group.first_item.as_ref().map(|first| first["n"].clone());
            json!([group.group_key, group.count, first])
        });
        answers.push(groups.collect::<Vec<_>>());
    }
    json!(answers)
}

/// What the scenario gives, under the names that the clients' scripts use.
pub(crate) async fn read(base: &str, scenario: &Path) -> Map<String, Value> {
    let scenario: Value = serde_json::from_str(&std::fs::read_to_string(scenario).unwrap()).unwrap();
    let client = Client {
        base: base.to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let list = |name: &str| scenario[name].as_array().unwrap().clone();
    let mut made: Vec<AgentData> = Vec::new();
    for data in list("records") {
        let request = CreateRequest {
            deployment_name: "app".to_owned(),
            collection: COLLECTION.to_owned(),
            data,
        };
        let text = client.post(endpoint::AGENT_DATA, &request).await;
        made.push(AgentData::parse(&text).unwrap().unwrap());
    }
    let mut out = Map::new();
    let mut say = |name: &str, value: Value| out.insert(name.to_owned(), value);
    say("created", made.iter().map(|record| record.data.clone()).collect());
    let (_, text) = client.send("GET", &endpoint::item(&made[1].id), None).await;
    say("got", AgentData::<Value>::parse(&text).unwrap().unwrap().data);
    let update = UpdateRequest {
        data: scenario["update"].clone(),
    };
    let update = serde_json::to_string(&update).unwrap();
    let (_, text) = client
        .send("PUT", &endpoint::item(&made[0].id), Some(update))
        .await;
    say("updated", AgentData::<Value>::parse(&text).unwrap().unwrap().data);
    for name in ["filters", "new_filters"] {
        let mut answers = Vec::new();
        for filter in list(name) {
            answers.push(numbers(&client.search(&search(&filter, &json!("n"), 100)).await));
        }
        say(name, json!(answers));
    }
    let mut answers = Vec::new();
    for order in list("orders") {
        answers.push(numbers(&client.search(&search(&Value::Null, &order, 100)).await));
    }
    say("orders", json!(answers));
    let mut answers = Vec::new();
    for offset in [0, 2, 4] {
        let page = SearchRequest {
            offset: Some(offset),
            ..search(&Value::Null, &json!("n"), 2)
        };
        answers.push(numbers(&client.search(&page).await));
    }
    say("offsets", json!(answers));
    let counted = SearchRequest {
        include_total: true,
        ..search(&Value::Null, &Value::Null, 2)
    };
    say("total", json!(client.search(&counted).await.total_size));
    say(
        "tokens",
        json!(client.pages(search(&Value::Null, &json!("age desc, n"), 2)).await),
    );
    let late = SearchRequest {
        offset: Some(1),
        ..search(&Value::Null, &json!("n"), 2)
    };
    say("tokens_with_offset", json!(client.pages(late).await));
    say("aggregates", aggregates(&client, list("aggregates")).await);
    let delete = DeleteRequest {
        deployment_name: "app".to_owned(),
        collection: COLLECTION.to_owned(),
        filter: Filter::raw(scenario["delete"].clone()),
    };
    let deleted: DeletedCount = serde_json::from_str(&client.post(endpoint::DELETE, &delete).await).unwrap();
    say("deleted", json!(deleted.deleted_count));
    client.send("DELETE", &endpoint::item(&made[0].id), None).await;
    let (status, _) = client.send("GET", &endpoint::item(&made[0].id), None).await;
    say("missing", json!(status));
    say(
        "rest",
        json!(numbers(
            &client.search(&search(&Value::Null, &json!("n"), 100)).await
        )),
    );
    say("extracted", extracted());
    out
}

/// What the Python class writes for the record in `services.py`.
fn extracted() -> Value {
    let notes = |confidence: f64, reasoning: Value, citation: Value| {
        json!({
            "reasoning": reasoning, "confidence": confidence, "extraction_confidence": null, "parsing_confidence": null, "citation": citation,
        })
    };
    let citation =
        json!([{ "page": 1, "matching_text": "A", "bounding_boxes": null, "page_dimensions": null }]);
    let metadata = json!({
        "name": notes(0.5, Value::Null, citation),
        "items": [{ "q": notes(0.9, json!("r"), Value::Null) }],
    });
    let mut record = ExtractedData {
        overall_confidence: mean_confidence(&metadata).into(),
        field_metadata: metadata,
        file_name: Some("n.pdf".to_owned()),
        file_hash: Some("h".to_owned()),
        ..ExtractedData::new(json!({ "name": "A", "items": [{ "q": 1 }] }))
    };
    record.status = ReviewStatus::PendingReview;
    let written = serde_json::to_value(&record).unwrap();
    let read: ExtractedData = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(read, record, "what is written is read again");
    assert_eq!(read.notes(&["items", "0", "q"]).unwrap().confidence, Some(0.9));
    written
}
