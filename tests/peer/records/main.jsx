// What `bench records --peer` drives: the library's review and grid, with the records of gallery/src/sections/records.rs. As in the gallery,
// requests are answered in the page, and each page has shown something before it is measured.
import '@llamaindex/ui/styles.css';
import LlamaCloud from '@llamaindex/llama-cloud';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  ApiProvider,
  ExtractedDataDisplay,
  ExtractedDataItemGrid,
  createAgentDataConfig,
  useItemData,
} from '@llamaindex/ui';

const query = new URLSearchParams(location.search);
const STATUSES = ['pending_review', 'accepted', 'approved', 'rejected', 'error', 'on_hold'];
const some = (count, make) => Array.from({ length: count }, (_, nth) => make(nth));

const record = (n) => ({
  id: `item-${n}`,
  deployment_name: '_public',
  collection: 'invoices',
  created_at: `2026-01-01T12:${String(n % 60).padStart(2, '0')}:00+00:00`,
  updated_at: '2026-01-01T13:00:00+00:00',
  data: {
    file_name: `invoice-${n}.pdf`,
    status: STATUSES[n % STATUSES.length],
    overall_confidence: 0.93,
    data: { total: n * 7, currency: 'EUR' },
  },
});

function invoice(id, count) {
  const line = (n) => ({ text: `Line ${n}`, article: n, price: 1.5, unit: 'kg', paid: n % 2 === 0 });
  const note = (n) => ({
    confidence: 0.99 - (n % 7) / 20,
    citation: [{ page: Math.floor(n / 40) + 1, matching_text: `Line ${n}` }],
  });
  const notes = (n) => ({ text: note(n), article: note(n + 1), price: note(n + 2), unit: note(n + 3), paid: null });
  const data = { number: '2026-18', lines: some(count, (nth) => line(nth + 1)) };
  const known = { lines: some(count, (nth) => notes(nth + 1)) };
  const review = { original_data: data, data, status: 'pending_review', file_name: 'stock.pdf', field_metadata: known };
  return { id, deployment_name: '_public', collection: 'invoices', data: review };
}

// The library shows nothing without a schema.
const type = (type) => ({ type });
const LINE = { text: type('string'), article: type('number'), price: type('number'), unit: type('string'), paid: type('boolean') };
const SCHEMA = {
  type: 'object',
  properties: { number: type('string'), lines: { type: 'array', items: { type: 'object', properties: LINE } } },
};

const search = ({ offset, page_size }) =>
  JSON.stringify({ items: some(page_size, (nth) => record(offset + nth)), next_page_token: null });
const texts = new Map([
  ['1', JSON.stringify(invoice('1', 2))],
  ['2', JSON.stringify(invoice('2', 1000))],
  [':aggregate', JSON.stringify({ items: [{ group_key: {}, count: 1000 }], next_page_token: null })],
]);

async function fetch(address, { body }) {
  const name = new URL(address).pathname.split('/').pop();
  const key = name === ':search' ? body : name;
  if (!texts.has(key)) texts.set(key, search(JSON.parse(body)));
  return new Response(texts.get(key), { headers: { 'content-type': 'application/json' } });
}

const clients = {
  cloudApiClient: new LlamaCloud({ apiKey: 'none', baseURL: location.origin, fetch }),
  agentDataConfig: createAgentDataConfig({ collection: 'invoices' }),
};

function Review({ id }) {
  const { item, updateData } = useItemData({ jsonSchema: SCHEMA, itemId: id });
  if (!item) return null;
  return (
    <ExtractedDataDisplay
      extractedData={item.data}
      jsonSchema={SCHEMA}
      onChange={updateData}
      onClickField={() => {}}
      tableRowsPerPage={20}
    />
  );
}

function Reviews() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Review id="1" />
      <button onClick={() => setOpen(true)}>Open the record</button>
      <div id="measured">{open && <Review id="2" />}</div>
    </>
  );
}

const TOTAL = [{ key: 'data.total', header: 'Total', getValue: (item) => item.data.data.total, sortable: true }];
const BUILT_IN = { fileName: true, status: true, createdAt: true, actions: true };

function Grids() {
  const [open, setOpen] = useState(true);
  return (
    <>
      <button onClick={() => setOpen(!open)}>Show or hide the records</button>
      <div id="measured">
        {open && (
          <ExtractedDataItemGrid
            customColumns={TOTAL}
            builtInColumns={BUILT_IN}
            defaultPageSize={Number(query.get('size'))}
            onRowClick={() => {}}
          />
        )}
      </div>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <ApiProvider clients={clients}>{query.get('show') === 'review' ? <Reviews /> : <Grids />}</ApiProvider>,
);
setTimeout(() => (document.documentElement.dataset.played = ''), 2000);
