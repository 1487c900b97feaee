// What every question to the page may use. Finds things by the accessible contract only.
const part = (name, root = document) => root.querySelector(`[data-part="${name}"]`);
const parts = (name, root = document) => [...root.querySelectorAll(`[data-part="${name}"]`)];
const squeeze = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const words = (element) => squeeze(element.innerText);
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

// The accessible name, for the cases that this page has; one test compares with the browser's own computation.
const label = (element) => {
  const by = element.getAttribute('aria-labelledby');
  if (by) return squeeze(by.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(' '));
  if (element.getAttribute('aria-label')) return squeeze(element.getAttribute('aria-label'));
  if (element.labels?.length) return squeeze([...element.labels].map((it) => it.textContent).join(' '));
  return squeeze(element.textContent) || squeeze(element.title);
};
const roles = {
  button: 'button, [role="button"], input[type="submit"]',
  switch: '[role="switch"], input[type="checkbox"]',
  tab: '[role="tab"]',
  textbox: 'input, textarea, [role="textbox"], [role="searchbox"]',
  any: '*',
};
const byRole = (role, name, root = document) =>
  [...root.querySelectorAll(roles[role])].filter(shown).find((it) => label(it) === name);

const fields = (root) =>
  [...root.querySelectorAll('input[name], select[name], textarea[name]')].filter(shown);
const field = (root, name) => fields(root).find((it) => it.name === name);

// The rows that are rendered, top to bottom. A pool may hold them in any order in the document.
const rows = () =>
  parts('event-row', part('events') ?? document)
    .filter(shown)
    .map((row) => ({
      sequence: Number(row.dataset.seq),
      class: row.dataset.type,
      index: Number(row.getAttribute('aria-rowindex')),
      text: words(row),
      top: row.getBoundingClientRect().top,
      bottom: row.getBoundingClientRect().bottom,
    }))
    .sort((one, other) => one.top - other.top);

// The element that scrolls the events: the grid, or what it scrolls inside itself.
const scroller = () => {
  const grid = part('events');
  const scrolls = (it) => it.scrollHeight > it.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(it).overflowY);
  return [grid, ...grid.querySelectorAll('*')].find(scrolls) ?? grid;
};

// Scrolls to a place and waits until the rows there are rendered.
const scrollTo = async (top) => {
  const box = scroller();
  box.scrollTop = top;
  for (let turn = 0; turn < 60; turn += 1) {
    await frame();
    const seen = rows();
    const view = box.getBoundingClientRect();
    const reach = Math.min(view.bottom, view.top + box.scrollHeight - box.scrollTop);
    // A header may stick to the top, and borders and rounding take a few pixels.
    if (seen.some((it) => it.top < view.top + 60) && seen.some((it) => it.bottom > reach - 12)) return;
  }
};
const scrollThrough = async (visit) => {
  const box = scroller();
  for (let top = 0; ; top += Math.max(40, box.clientHeight * 0.7)) {
    await scrollTo(top);
    if (visit(rows())) return;
    if (top + box.clientHeight >= box.scrollHeight) return;
  }
};
