// `@llamaindex/llama-cloud` 2.16.0: node current.mjs BASE SCENARIO COLLECTION [page]. Prints what it read as one line of JSON.
// With `page` it runs as in a browser without a key: by the cookie of its visitor.
import { readFileSync } from "node:fs";

const [BASE, SCENARIO, COLLECTION, place] = process.argv.slice(2);
const scenario = JSON.parse(readFileSync(SCENARIO, "utf8"));
let options = { apiKey: "secret" };
if (place === "page") {
  globalThis.window = { document: {} };
  globalThis.navigator ??= { userAgent: "test" };
  // Node's fetch keeps no cookies: this adds the visitor's where a browser would.
  const withCookie = (url, init) => {
    if (init.credentials !== "include") throw new Error(`credentials are ${init.credentials}`);
    const headers = new Headers(init.headers);
    if (headers.has("authorization")) throw new Error("there is a bearer token");
    headers.set("cookie", "session=secret");
    return fetch(url, { ...init, headers });
  };
  options = { fetch: withCookie };
}
const { default: LlamaCloud, NotFoundError, UnprocessableEntityError } = await import("@llamaindex/llama-cloud");
const client = new LlamaCloud({ baseURL: BASE, ...options }).beta.agentData;
const where = { deployment_name: "app", collection: COLLECTION };
const numbers = (page) => page.items.map((item) => item.data.n);
const given = (question) => Object.fromEntries(Object.entries(question).filter(([, value]) => value !== null));
const all = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};

const made = [];
for (const data of scenario.records) made.push(await client.create({ ...where, data }));
const out = { created: made.map((item) => item.data) };
out.got = (await client.get(made[1].id)).data;
const changed = await client.update(made[0].id, { data: scenario.update });
out.updated = changed.data;
if (changed.created_at !== made[0].created_at || changed.updated_at <= made[0].updated_at) throw new Error("the times are wrong");
const search = async (question) => numbers(await client.search({ ...where, page_size: 100, ...given(question) }));
for (const name of ["filters", "new_filters"]) {
  out[name] = [];
  for (const filter of scenario[name]) out[name].push(await search({ filter, order_by: "n" }));
}
out.orders = [];
for (const order_by of scenario.orders) out.orders.push(await search({ order_by }));
out.offsets = [];
for (const offset of [0, 2, 4]) out.offsets.push(await search({ order_by: "data.n", page_size: 2, offset }));
const tokens = async (question) => (await all(client.search({ ...where, page_size: 2, ...question }))).map((item) => item.data.n);
out.tokens = await tokens({ order_by: "age desc, n" });
out.tokens_with_offset = await tokens({ order_by: "n", offset: 1 });
out.aggregates = [];
for (const question of scenario.aggregates) {
  const groups = await all(client.aggregate({ ...where, page_size: 2, ...question }));
  out.aggregates.push(groups.map((it) => [it.group_key, it.count ?? null, it.first_item?.n ?? null]));
}
out.deleted = (await client.deleteByQuery({ ...where, filter: scenario.delete })).deleted_count;
await client.delete(made[0].id);
try {
  await client.get(made[0].id);
} catch (error) {
  if (error instanceof NotFoundError) out.missing = error.status;
}
for (const question of [{ filter: { a: { like: "x" } } }, { offset: 1001 }, { page_size: 0 }]) {
  const refused = await client.search({ ...where, ...question }).then(() => null, (error) => error);
  if (!(refused instanceof UnprocessableEntityError)) throw new Error(`${JSON.stringify(question)} is not refused: ${refused}`);
}
out.rest = await search({ order_by: "n" });
console.log(JSON.stringify(out));
