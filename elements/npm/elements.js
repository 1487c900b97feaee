// The custom elements. Each is a class for its attributes and lifecycle; its content is rendered by the WebAssembly module, which the
// first element on the page loads.
// 
// The classes are defined before the module is loaded, because frameworks check an element's properties when they create it.

import init, { Provider, View } from "./workflow_ui.js";

let loading;
/** What `load` was called with for that attempt. */
let attempted;
/** The address of the WebAssembly module, if it is not next to this file. */
let place;

/**
 * Loads the program. The first element does so by itself; call it earlier to be ready sooner, or with an address (or a response, or
 * bytes) where the program is not beside this module.
 */
export function load(program) {
  // A response can be read only once; an address can be requested again.
  const next = program ?? place;
  place = next instanceof Response ? next.url : next;
  if (!loading || (program && program !== attempted)) {
    const start = () => init(next && { module_or_path: next });
    // An attempt at another place goes on; this one is tried if it fails.
    const attempt = (loading?.catch(start) ?? start()).catch((error) => {
      if (loading === attempt) loading = undefined;
      throw error;
    });
    [loading, attempted] = [attempt, program];
  }
  // Elements that wait for the next attempt retry now.
  loading.then(again, () => {});
  return loading;
}

/** The error while the module cannot be loaded. */
let trouble = "";

let ready;
/** Retries now. */
let again = () => {};

/** Waits for the module without a time limit: the server may be starting, or the network may be down. */
async function arrive() {
  // The elements of the page are created while this module is evaluated: a `load(address)` of the page's own module comes first.
  await null;
  for (let pause = 1000; ; pause = Math.min(2 * pause, 60_000)) {
    try {
      await load();
      trouble = "";
      return;
    } catch (error) {
      console.warn(error);
      trouble = "The program of this element could not be loaded. It will be tried again.";
      settle();
    }
    await new Promise((resume) => {
      again = resume;
      setTimeout(resume, pause);
    });
  }
}

globalThis.addEventListener?.("online", () => again());

/** The context of a `context-request` for the nearest provider. */
export const providerContext = Symbol("workflow-provider");

/** Requests a context value with the community protocol for contexts. */
class ContextRequestEvent extends Event {
  constructor(context, callback) {
    super("context-request", { bubbles: true, composed: true });
    this.context = context;
    this.callback = callback;
  }
}

/** An event of a workflow. Its detail is created on first access. */
class WorkflowEvent extends CustomEvent {
  #json;
  #detail;

  constructor(name, json) {
    super(name, { bubbles: true, composed: true, cancelable: true });
    this.#json = json;
  }

  get detail() {
    this.#detail ??= JSON.parse(this.#json);
    return this.#detail;
  }
}

/** Attributes that contain JSON. */
const JSONS = new Set(["input"]);

/** The property of an attribute. */
const property = (name) => (name === "for" ? "htmlFor" : name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()));

/** Adds the missing properties of a class for its attributes. Setting null or undefined removes the attribute. */
function reflect(element) {
  for (const name of element.observedAttributes) {
    if (property(name) in element.prototype) continue;
    Object.defineProperty(element.prototype, property(name), {
      configurable: true,
      enumerable: true,
      get() {
        const value = this.getAttribute(name);
        if (!JSONS.has(name)) return value ?? "";
        return value === null ? undefined : JSON.parse(value);
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(name);
        else this.setAttribute(name, typeof value === "object" ? JSON.stringify(value) : value);
      },
    });
  }
}

/** Passes properties that were set before the class was defined to its setters. */
function upgrade(element, names) {
  for (const name of names) {
    if (Object.hasOwn(element, name)) {
      const value = element[name];
      delete element[name];
      element[name] = value;
    }
  }
}

// Without a DOM, for example in server-side rendering, the module can still be imported.
const Base = globalThis.HTMLElement ?? class {};

/** How long an element waits for a provider before it logs a warning, in milliseconds. */
const LONELY = 2000;

/** Every element that is in a page, or was just removed. */
const elements = new Set();

/** Makes every element look up its provider again. */
const settle = () => elements.forEach((element) => element.connectedMoveCallback());

/** `<workflow-provider>`: sets the server of the elements inside. */
export class WorkflowProvider extends Base {
  static kind = "workflow-provider";
  static observedAttributes = ["base-url", "credentials"];

  #client;
  #leaving;
  #token;
  #headers;
  #port = { dispatch() {}, headers: () => this.#list() };

  constructor() {
    super();
    this.addEventListener("context-request", (event) => {
      if (event.context !== providerContext) return;
      event.stopPropagation();
      event.callback(this.#client);
    });
  }

  /** The bearer token of every request, or a function that returns it or a promise of it. Not an attribute, because attributes are readable. */
  get token() {
    return this.#token;
  }

  set token(value) {
    if (value === this.#token) return;
    this.#token = value;
    // Some frameworks create a new function with every rendering, and it is called for each request anyway.
    if (typeof value !== "function") this.refresh();
  }

  /** A function that returns the headers of each request, or a promise of them. */
  get headers() {
    return this.#headers;
  }

  set headers(value) {
    this.#headers = value;
  }

  /** Repeats failed requests, including that for the module. */
  refresh() {
    if (this.#client) return this.#client.renew();
    again();
    if (this.isConnected) this.#open();
  }

  connectedCallback() {
    upgrade(this, ["baseUrl", "credentials", "token", "headers"]);
    clearTimeout(this.#leaving);
    if (this.#client) settle();
    else this.#open();
  }

  connectedMoveCallback() {
    settle();
  }

  disconnectedCallback() {
    this.#leaving = setTimeout(() => this.#close());
  }

  attributeChangedCallback(name, before, now) {
    // Another server needs another client, without data of the previous one.
    if (before !== now && this.isConnected) {
      this.#close();
      this.#open();
    }
  }

  async #open() {
    await (ready ??= arrive());
    if (!this.isConnected || this.#client) return;
    try {
      this.#client = new Provider(this.getAttribute("base-url") || undefined, this.credentials, this.#port);
    } catch (error) {
      console.error(error);
    }
    settle();
  }

  #close() {
    const client = this.#client;
    this.#client = undefined;
    settle();
    client?.free();
  }

  async #list() {
    try {
      const token = typeof this.#token === "function" ? await this.#token() : this.#token;
      const headers = new Headers((await this.#headers?.()) ?? undefined);
      if (token) headers.set("Authorization", `Bearer ${token}`);
      return [...headers].flat();
    } catch (error) {
      console.error("<workflow-provider>: no headers for this request:", error);
      return [];
    }
  }
}

/** The content of each element that has a provider. */
const views = new WeakMap();

/** The base class of the elements inside a provider. */
class WorkflowElement extends Base {
  #client;
  #root;
  #leaving;
  #lonely;
  #alert;
  // The scroll positions of its parts, which browsers reset when an element is removed.
  #places = new Map();
  #scrolled = ({ target: part }) => {
    const isAtEnd = part.scrollTop + part.clientHeight >= part.scrollHeight - 1;
    this.#places.set(part, { left: part.scrollLeft, top: isAtEnd ? Number.MAX_SAFE_INTEGER : part.scrollTop });
  };
  #port = { dispatch: (name, json) => this.#dispatch(name, json), headers: () => Promise.resolve([]) };

  /** Whether the content is in a shadow root. Read when content is first added; a shadow root cannot be removed. */
  get shadow() {
    return this.hasAttribute("shadow");
  }

  set shadow(value) {
    this.toggleAttribute("shadow", Boolean(value));
  }

  connectedCallback() {
    upgrade(this, ["shadow", ...this.constructor.observedAttributes.map(property)]);
    clearTimeout(this.#leaving);
    elements.add(this);
    const places = [...this.#places];
    this.connectedMoveCallback();
    for (const [part, place] of places) part.scrollTo({ ...place, behavior: "instant" });
  }

  // Called by the browser after `moveBefore`.
  connectedMoveCallback() {
    let client;
    clearTimeout(this.#lonely);
    this.#lonely = setTimeout(() => console.warn(`<${this.localName}> is not inside a <workflow-provider>`), LONELY);
    const request = new ContextRequestEvent(providerContext, (found) => {
      client = found;
      clearTimeout(this.#lonely);
    });
    this.dispatchEvent(request);
    this.#complain();
    const root = this.getRootNode();
    // It was only moved, so everything stays.
    if (client === this.#client && (root === this.#root || !client)) return;
    this.#unmount();
    if (client && this.isConnected) this.#mount(client, root);
  }

  // Moving an element removes and inserts it. It has left only if it is still removed at the end of the task.
  disconnectedCallback() {
    this.#leaving = setTimeout(() => {
      elements.delete(this);
      clearTimeout(this.#lonely);
      this.#unmount();
    });
  }

  attributeChangedCallback(name, before, now) {
    views.get(this)?.set(name, now ?? undefined);
  }

  #mount(client, root) {
    const view = View.of(this.constructor.kind, client, this.#port);
    for (const name of this.constructor.observedAttributes) view.set(name, this.getAttribute(name) ?? undefined);
    const place = this.#place();
    view.mount(place);
    place.addEventListener("scroll", this.#scrolled, { capture: true, passive: true });
    this.#client = client;
    this.#root = root;
    views.set(this, view);
  }

  // An element that ever had a shadow root keeps its content there, because other content would not be shown.
  #place() {
    return this.shadowRoot ?? (this.shadow ? this.attachShadow({ mode: "open" }) : this);
  }

  // Shows the error while there is no module to do so.
  #complain() {
    if (this.#alert?.textContent === trouble) return;
    this.#alert?.remove();
    this.#alert = undefined;
    if (!trouble) return;
    this.#alert = document.createElement("p");
    this.#alert.setAttribute("role", "alert");
    this.#alert.textContent = trouble;
    this.#place().append(this.#alert);
  }

  #unmount() {
    views.get(this)?.free();
    views.delete(this);
    this.#client = undefined;
    this.#places.clear();
  }

  #dispatch(name, json) {
    const event = new WorkflowEvent(name, json);
    if (this.dispatchEvent(event) && opens.has(name)) this.#open(event.detail.handlerId);
  }

  // The element named by the attribute `for` shows the run.
  #open(handlerId) {
    // A list marks its selection, a chat continues its own run.
    const own = ["selected", "handlerId"].find((name) => name in this);
    if (own) this[own] = handlerId;
    const ids = this.getAttribute("for")?.split(/\s+/) ?? [];
    for (const id of ids) {
      const target = id && this.getRootNode().querySelector(`#${CSS.escape(id)}`);
      if (target) target.handlerId = handlerId;
    }
  }
}

/** The events that select a run. */
const opens = new Set(["workflow-started", "workflow-select"]);

/** `<workflow-trigger>`: starts runs of one workflow. */
export class WorkflowTrigger extends WorkflowElement {
  static kind = "workflow-trigger";
  static observedAttributes = ["workflow", "input", "label", "for"];
}

/** The base class of the elements of one run. */
class RunElement extends WorkflowElement {
  static observedAttributes = ["handler-id"];

  /** The status of the run, as in `data-status`. */
  get status() {
    return views.get(this)?.status() ?? "not_started";
  }

  /** The id of the run, when it is known. */
  get runId() {
    return views.get(this)?.run_id();
  }

  /** The prompts that can be answered now, oldest first. */
  get prompts() {
    return JSON.parse(views.get(this)?.prompts() ?? "[]");
  }

  /** The result of the run, when there is one. */
  get result() {
    const json = views.get(this)?.result();
    return json === undefined ? undefined : JSON.parse(json);
  }

  /** Answers a prompt with an event of a class. Events report the outcome. */
  respond(sequence, type, value) {
    this.#view().respond(sequence, type, JSON.stringify(value));
  }

  /** Cancels the run. Resolves with the outcome. */
  async cancel() {
    return this.#view().cancel();
  }

  /** Reads the run from the server again. */
  refresh() {
    views.get(this)?.refresh();
  }

  #view() {
    const view = views.get(this);
    if (!view) throw new Error(`<${this.localName}> has no provider yet`);
    return view;
  }
}

/** `<workflow-run>`: one run: its status, prompts, events and result. */
export class WorkflowRun extends RunElement {
  static kind = "workflow-run";
  static observedAttributes = ["handler-id", "view"];
}

/** `<workflow-prompt>`: the open prompts of one run. */
export class WorkflowPrompt extends RunElement {
  static kind = "workflow-prompt";
}

/** `<workflow-chat>`: a conversation with a workflow. */
export class WorkflowChat extends RunElement {
  static kind = "workflow-chat";
  static observedAttributes = ["workflow", "handler-id", "field", "input", "placeholder", "pieces", "messages"];
}

/** `<workflow-runs>`: the runs of a server. */
export class WorkflowRuns extends WorkflowElement {
  static kind = "workflow-runs";
  static observedAttributes = ["workflow", "selected", "for", "editable"];

  /** Whether runs can be selected, cancelled and deleted. */
  get editable() {
    return this.hasAttribute("editable");
  }

  set editable(value) {
    this.toggleAttribute("editable", Boolean(value));
  }
}

// The provider first, so that existing elements find it.
for (const element of [WorkflowProvider, WorkflowTrigger, WorkflowRun, WorkflowRuns, WorkflowPrompt, WorkflowChat]) {
  reflect(element);
  // Another copy of this module may already be loaded.
  if (globalThis.customElements && !customElements.get(element.kind)) customElements.define(element.kind, element);
}
