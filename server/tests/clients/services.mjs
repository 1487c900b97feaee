// `llama-cloud-services` 0.5.4: node services.mjs BASE SCENARIO COLLECTION. Prints what it read as one line of JSON.
import { readFileSync } from "node:fs";
import { createAgentDataClient } from "llama-cloud-services/beta/agent";
import { client as api } from "llama-cloud-services/api";

const [BASE, SCENARIO, COLLECTION] = process.argv.slice(2);
const scenario = JSON.parse(readFileSync(SCENARIO, "utf8"));
api.setConfig({ baseUrl: BASE, headers: { Authorization: "Bearer secret" } });
const client = createAgentDataClient({ deploymentName: "app", collection: COLLECTION });
const numbers = (page) => page.items.map((item) => item.data.n);
const given = (question) => Object.fromEntries(Object.entries(question).filter(([, value]) => value !== null));

const made = [];
for (const record of scenario.records) made.push(await client.createItem(record));
const out = { created: made.map((item) => item.data) };
out.got = (await client.getItem(made[1].id)).data;
const changed = await client.updateItem(made[0].id, scenario.update);
out.updated = changed.data;
if (!(changed.updatedAt >= made[0].updatedAt)) throw new Error("updated_at did not move");
const search = async (question) => numbers(await client.search({ pageSize: 100, ...given(question) }));
out.filters = [];
for (const filter of scenario.filters) out.filters.push(await search({ filter, orderBy: "n" }));
out.orders = [];
for (const orderBy of scenario.orders) out.orders.push(await search({ orderBy }));
out.offsets = [];
for (const offset of [0, 2, 4]) out.offsets.push(await search({ orderBy: "data.n", pageSize: 2, offset }));
out.total = (await client.search({ pageSize: 2, includeTotal: true })).totalSize;
out.aggregates = [];
for (const { group_by, order_by, ...question } of scenario.aggregates) {
  const page = await client.aggregate({ ...question, ...(group_by && { groupBy: group_by }), ...(order_by && { orderBy: order_by }) });
  out.aggregates.push(page.items.map((it) => [it.groupKey, it.count ?? null, it.firstItem?.n ?? null]));
}
out.deleted = await client.delete({ filter: scenario.delete });
await client.deleteItem(made[0].id);
try {
  await client.getItem(made[0].id);
} catch (error) {
  // This client throws the body.
  if (error.detail === "Agent data not found") out.missing = 404;
}
out.rest = await search({ orderBy: "n" });
console.log(JSON.stringify(out));
