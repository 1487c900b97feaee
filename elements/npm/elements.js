// The custom elements. Each is a class that knows its attributes and when it comes and goes; what stands in it is made by the
// WebAssembly program, which the first element on the page loads.
//
// The classes are there as soon as this module is, before the program: frameworks look for an element's properties when they create it.

import init, { Provider, View } from "./workflow_ui.js";

let loading;
/** Where the program is, when not beside this module. */
let place;

/**
 * Loads the program. The first element does so by itself; call it earlier to be ready sooner, or with an address (or a response, or
 * bytes) where the program is not beside this module.
 */
export function load(program) {
  // A response can be read once; its address can be asked again.
  const next = program ?? place;
  place = next instanceof Response ? next.url : next;
  loading ??= init(next && { module_or_path: next }).catch((error) => {
    loading = undefined;
    throw error;
  });
  // Elements that wait for the next attempt need not.
  loading.then(again, () => {});
  return loading;
}

/** What is wrong while the program can't be had. */
let trouble = "";

let ready;
/** Tries it again now. */
let again = () => {};

/** Waits for the program, however long it takes to come: a server may be starting, a train in a tunnel. */
async function arrive() {
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

/** What a `context-request` for the nearest provider names. */
export const providerContext = Symbol("workflow-provider");

/** Asks for a value of the surroundings, as the community protocol for contexts has it. */
class ContextRequestEvent extends Event {
  constructor(context, callback) {
    super("context-request", { bubbles: true, composed: true });
    this.context = context;
    this.callback = callback;
  }
}

/** An event of a workflow. Its detail is made when somebody looks at it. */
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

/** Attributes that hold JSON. */
const JSONS = new Set(["input"]);

/** The property that shows an attribute. */
const property = (name) => (name === "for" ? "htmlFor" : name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()));

/** Gives a class the properties of its attributes that it does not have yet. Null and undefined take the attribute away. */
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

/** Hands properties that were set before the class was there to its setters. */
function upgrade(element, names) {
  for (const name of names) {
    if (Object.hasOwn(element, name)) {
      const value = element[name];
      delete element[name];
      element[name] = value;
    }
  }
}

// Where there is no page, such as on a server that renders one, the module can be imported all the same.
const Base = globalThis.HTMLElement ?? class {};

/** How long an element waits for a provider before it says that it has none, in milliseconds. */
const LONELY = 2000;

/** Every element that is in a page, or was until a moment ago. */
const elements = new Set();

/** Lets every element look for its provider again. */
const settle = () => elements.forEach((element) => element.connectedMoveCallback());

/** `<workflow-provider>`: the server that the elements inside it talk to. */
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

  /** The bearer token of every request, or a function that gives it, or a promise of it. Never an attribute: those can be read. */
  get token() {
    return this.#token;
  }

  set token(value) {
    if (value === this.#token) return;
    this.#token = value;
    // A function is another one with every rendering of some frameworks, and is asked each time anyway.
    if (typeof value !== "function") this.refresh();
  }

  /** A function that gives the headers of each request, or a promise of them. */
  get headers() {
    return this.#headers;
  }

  set headers(value) {
    this.#headers = value;
  }

  /** Asks again for what could not be had, the program included. */
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
    // Another server, another client: nothing of the one before stays.
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

/** What stands in each element that has a provider. */
const views = new WeakMap();

/** What the elements inside a provider have in common. */
class WorkflowElement extends Base {
  #client;
  #root;
  #leaving;
  #lonely;
  #alert;
  // Where the parts of it are scrolled to. Browsers forget that when an element is taken out.
  #places = new Map();
  #scrolled = ({ target: part }) => {
    const isAtEnd = part.scrollTop + part.clientHeight >= part.scrollHeight - 1;
    this.#places.set(part, { left: part.scrollLeft, top: isAtEnd ? Number.MAX_SAFE_INTEGER : part.scrollTop });
  };
  #port = { dispatch: (name, json) => this.#dispatch(name, json), headers: () => Promise.resolve([]) };

  /** Whether the element keeps its inside in a shadow root. Read when something is first put into it; it keeps the root it got. */
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
    this.#lonely = setTimeout(() => console.warn(`<${this.localName}> stands in no <workflow-provider>`), LONELY);
    const request = new ContextRequestEvent(providerContext, (found) => {
      client = found;
      clearTimeout(this.#lonely);
    });
    this.dispatchEvent(request);
    this.#complain();
    const root = this.getRootNode();
    // Moved, and nothing else: everything stays as it is.
    if (client === this.#client && (root === this.#root || !client)) return;
    this.#unmount();
    if (client && this.isConnected) this.#mount(client, root);
  }

  // Moving an element takes it out and puts it back. Only what is still out when the task is over has left.
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

  // One that ever had a shadow root keeps its inside there: nothing else of it would be shown.
  #place() {
    return this.shadowRoot ?? (this.shadow ? this.attachShadow({ mode: "open" }) : this);
  }

  // Says what is wrong, as long as there is no program that could.
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

  // What the attribute `for` names shows the run.
  #open(handlerId) {
    // A list marks what was chosen in it, a chat goes on with what it started.
    const own = ["selected", "handlerId"].find((name) => name in this);
    if (own) this[own] = handlerId;
    const ids = this.getAttribute("for")?.split(/\s+/) ?? [];
    for (const id of ids) {
      const target = id && this.getRootNode().querySelector(`#${CSS.escape(id)}`);
      if (target) target.handlerId = handlerId;
    }
  }
}

/** The events that choose a run. */
const opens = new Set(["workflow-started", "workflow-select"]);

/** `<workflow-trigger>`: starts runs of one workflow. */
export class WorkflowTrigger extends WorkflowElement {
  static kind = "workflow-trigger";
  static observedAttributes = ["workflow", "input", "label", "for"];
}

/** What the elements that are about one run have in common. */
class RunElement extends WorkflowElement {
  static observedAttributes = ["handler-id"];

  /** The status of the run, as `data-status` has it. */
  get status() {
    return views.get(this)?.status() ?? "not_started";
  }

  /** The id of the run, once it is known. */
  get runId() {
    return views.get(this)?.run_id();
  }

  /** The questions that can be answered now, oldest first. */
  get prompts() {
    return JSON.parse(views.get(this)?.prompts() ?? "[]");
  }

  /** The result of the run, once there is one. */
  get result() {
    const json = views.get(this)?.result();
    return json === undefined ? undefined : JSON.parse(json);
  }

  /** Answers a question with an event of a class. What comes of it is told by events. */
  respond(sequence, type, value) {
    this.#view().respond(sequence, type, JSON.stringify(value));
  }

  /** Cancels the run. Resolves with what came of it. */
  async cancel() {
    return this.#view().cancel();
  }

  /** Asks the server about the run again now. */
  refresh() {
    views.get(this)?.refresh();
  }

  #view() {
    const view = views.get(this);
    if (!view) throw new Error(`<${this.localName}> has no provider yet`);
    return view;
  }
}

/** `<workflow-run>`: one run: its status, its questions, its events and its result. */
export class WorkflowRun extends RunElement {
  static kind = "workflow-run";
  static observedAttributes = ["handler-id", "view"];
}

/** `<workflow-prompt>`: the open questions of one run. */
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

// The provider first: what stands in the page already finds it then.
for (const element of [WorkflowProvider, WorkflowTrigger, WorkflowRun, WorkflowRuns, WorkflowPrompt, WorkflowChat]) {
  reflect(element);
  // Another copy of this module may have been here before.
  if (globalThis.customElements && !customElements.get(element.kind)) customElements.define(element.kind, element);
}
