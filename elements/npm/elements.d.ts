/** The custom elements of LlamaIndex workflow runs. Importing the module defines them. */

/** Loads the WebAssembly file, by default from the folder of this module. The first element calls this. */
export function load(program?: string | URL | Request | Response | BufferSource | WebAssembly.Module): Promise<unknown>;

/** The `context` of a `context-request` event for the nearest provider. */
export const providerContext: unique symbol;

/** The status of a run: the values of `data-status`. */
export type RunStatus =
  | "not_started"
  | "starting"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "timed_out"
  | "cancelled"
  | "gone";

/** The run that an event belongs to. */
export interface RunDetail {
  handlerId: string;
  /** Empty until the id is known. */
  runId: string;
}

/** A run was started. */
export interface StartedDetail extends RunDetail {
  workflow: string;
  /** The start event's fields. */
  input: any;
}

/** The status of the run changed. */
export interface StatusDetail extends RunDetail {
  status: RunStatus;
}

/** An event of the run. */
export interface EventDetail extends RunDetail {
  sequence: number;
  /** The event's class. */
  type: string;
  /** Its fields. Null if they are no longer in memory. */
  value: any;
}

/** A question that can be answered. */
export interface Prompt {
  /** Identifies the question within its run. */
  sequence: number;
  /** The class of the event that asked. */
  type: string;
  /** The text of the question. */
  text: string;
  /** All fields of that event. */
  value: any;
}

/** The run asks a question. */
export interface InputRequiredDetail extends RunDetail, Prompt {}

/** The run ended with a result. */
export interface CompletedDetail extends RunDetail {
  result: any;
}

/** The run failed or timed out. */
export interface FailedDetail extends RunDetail {
  status: "failed" | "timed_out";
  /** The server's text. */
  error: string;
}

/** A run of the list was chosen. */
export interface SelectDetail {
  handlerId: string;
  workflow: string;
}

/** The events of the elements. All bubble and leave shadow roots. */
export interface WorkflowEventMap {
  "workflow-started": CustomEvent<StartedDetail>;
  "workflow-status": CustomEvent<StatusDetail>;
  "workflow-event": CustomEvent<EventDetail>;
  "workflow-input-required": CustomEvent<InputRequiredDetail>;
  "workflow-completed": CustomEvent<CompletedDetail>;
  "workflow-failed": CustomEvent<FailedDetail>;
  "workflow-cancelled": CustomEvent<RunDetail>;
  "workflow-select": CustomEvent<SelectDetail>;
}

/** Null and undefined mean no value. For a property with an attribute they remove the attribute. */
export type Maybe<Value> = Value | null | undefined;

/** Which requests carry cookies. Empty: requests to the page's own origin. */
export type Credentials = "" | "omit" | "same-origin" | "include";

/** The tab of a run. Empty: its events. */
export type RunView = "" | "events" | "timeline" | "graph" | "result";

/** `<workflow-provider>`: sets the server for the elements inside. */
export class WorkflowProvider extends HTMLElement {
  /** The server's address, absolute or relative to the page. Empty: derived from the page's address. */
  get baseUrl(): string;
  set baseUrl(value: Maybe<string>);
  /** Which requests carry cookies. */
  get credentials(): Credentials;
  set credentials(value: Maybe<Credentials>);
  /** The bearer token of every request, or a function that returns it. */
  token: Maybe<string> | (() => Maybe<string> | Promise<Maybe<string>>);
  /** Returns the headers of each request. */
  headers: Maybe<() => Maybe<HeadersInit> | Promise<Maybe<HeadersInit>>>;
  /** Repeats failed requests. */
  refresh(): void;
}

/** `<workflow-trigger>`: starts runs of one workflow, by a form or, with `input`, by a button. */
export class WorkflowTrigger extends HTMLElement {
  get workflow(): string;
  set workflow(value: Maybe<string>);
  /** The start event's fields. A string is read as JSON. */
  input: any;
  /** The text of the button. */
  get label(): string;
  set label(value: Maybe<string>);
  /** The ids of the elements that show the run. */
  get htmlFor(): string;
  set htmlFor(value: Maybe<string>);
  shadow: boolean;
}

declare class RunElement extends HTMLElement {
  get handlerId(): string;
  set handlerId(value: Maybe<string>);
  shadow: boolean;
  readonly status: RunStatus;
  readonly runId: string | undefined;
  /** The questions that can be answered now, oldest first. */
  readonly prompts: Prompt[];
  readonly result: any;
  /** Answers a question with an event of this class. */
  respond(sequence: number, type: string, value: unknown): void;
  /** Cancels the run. Resolves with the outcome. */
  cancel(): Promise<"cancelled" | "already_finished" | "still_running">;
  /** Reads the run from the server again. */
  refresh(): void;
}

/** `<workflow-run>`: one run: its status, its questions, its events and its result. */
export class WorkflowRun extends RunElement {
  /** The tab that is shown. */
  get view(): RunView;
  set view(value: Maybe<RunView>);
}

/** `<workflow-prompt>`: the open questions of one run. */
export class WorkflowPrompt extends RunElement {}

/** `<workflow-chat>`: a chat with a workflow. */
export class WorkflowChat extends RunElement {
  /** The workflow that a message starts. */
  get workflow(): string;
  set workflow(value: Maybe<string>);
  /** The field of its start event for the message. Empty: the first of the usual names. */
  get field(): string;
  set field(value: Maybe<string>);
  /** Further fields of the start event. A string is read as JSON. */
  input: any;
  /** The placeholder of the input. */
  get placeholder(): string;
  set placeholder(value: Maybe<string>);
  /** Events that are pieces of a message: `Class.field`, separated by spaces. */
  get pieces(): string;
  set pieces(value: Maybe<string>);
  /** Events that are messages: `Class.field`, separated by spaces. */
  get messages(): string;
  set messages(value: Maybe<string>);
}

/** `<workflow-runs>`: the runs of a server. */
export class WorkflowRuns extends HTMLElement {
  /** Only runs of this workflow. */
  get workflow(): string;
  set workflow(value: Maybe<string>);
  /** The handler of the chosen run. */
  get selected(): string;
  set selected(value: Maybe<string>);
  /** The ids of the elements that show the chosen run. */
  get htmlFor(): string;
  set htmlFor(value: Maybe<string>);
  /** Whether runs can be selected, cancelled and deleted. */
  editable: boolean;
  shadow: boolean;
}

declare global {
  interface HTMLElementTagNameMap {
    "workflow-provider": WorkflowProvider;
    "workflow-trigger": WorkflowTrigger;
    "workflow-run": WorkflowRun;
    "workflow-runs": WorkflowRuns;
    "workflow-prompt": WorkflowPrompt;
    "workflow-chat": WorkflowChat;
  }
  interface HTMLElementEventMap extends WorkflowEventMap {}
  interface DocumentEventMap extends WorkflowEventMap {}
}
