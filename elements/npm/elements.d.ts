/** The custom elements of LlamaIndex workflow runs. Importing the module defines them. */

/** Loads the program, which the first element does by itself; or from another place than beside the module. */
export function load(program?: string | URL | Request | Response | BufferSource | WebAssembly.Module): Promise<unknown>;

/** What a `context-request` event for the nearest provider names as its `context`. */
export const providerContext: unique symbol;

/** The status of a run, as `data-status` has it. */
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

/** Which run something is about. */
export interface RunDetail {
  handlerId: string;
  /** Empty until it is known. */
  runId: string;
}

/** A run was started. */
export interface StartedDetail extends RunDetail {
  workflow: string;
  /** The start event's fields. */
  input: any;
}

/** The run has another status. */
export interface StatusDetail extends RunDetail {
  status: RunStatus;
}

/** An event of the run. */
export interface EventDetail extends RunDetail {
  sequence: number;
  /** The event's class. */
  type: string;
  /** Its fields. Null if they are no longer held. */
  value: any;
}

/** A question that can be answered. */
export interface Prompt {
  /** Names it within its run. */
  sequence: number;
  /** The class of the event that asked. */
  type: string;
  /** The question in words. */
  text: string;
  /** All fields of that event. */
  value: any;
}

/** The run asks something. */
export interface InputRequiredDetail extends RunDetail, Prompt {}

/** The run ended with a result. */
export interface CompletedDetail extends RunDetail {
  result: any;
}

/** The run failed or timed out. */
export interface FailedDetail extends RunDetail {
  status: "failed" | "timed_out";
  /** The server's words. */
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

/** Null and undefined both say that there is none. Of a property that shows an attribute they take the attribute away. */
export type Maybe<Value> = Value | null | undefined;

/** Which requests carry cookies. Empty: those to the page's own origin. */
export type Credentials = "" | "omit" | "same-origin" | "include";

/** What is shown of a run below its questions. Empty: its events. */
export type RunView = "" | "events" | "timeline" | "graph" | "result";

/** `<workflow-provider>`: the server that the elements inside it talk to. */
export class WorkflowProvider extends HTMLElement {
  /** The server's address, relative to the page or absolute. Empty: where the page's own address says. */
  get baseUrl(): string;
  set baseUrl(value: Maybe<string>);
  /** Which requests carry cookies. */
  get credentials(): Credentials;
  set credentials(value: Maybe<Credentials>);
  /** The bearer token of every request, or what gives it. */
  token: Maybe<string> | (() => Maybe<string> | Promise<Maybe<string>>);
  /** Gives the headers of each request. */
  headers: Maybe<() => Maybe<HeadersInit> | Promise<Maybe<HeadersInit>>>;
  /** Asks again for what could not be had. */
  refresh(): void;
}

/** `<workflow-trigger>`: starts runs of one workflow: a form, or a button where `input` is given. */
export class WorkflowTrigger extends HTMLElement {
  get workflow(): string;
  set workflow(value: Maybe<string>);
  /** The start event's fields. A text is taken for their JSON. */
  input: any;
  /** The words on the button. */
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
  /** Answers a question with an event of a class. */
  respond(sequence: number, type: string, value: unknown): void;
  /** Cancels the run. Resolves with what came of it. */
  cancel(): Promise<"cancelled" | "already_finished" | "still_running">;
  /** Asks the server about the run again now. */
  refresh(): void;
}

/** `<workflow-run>`: one run: its status, its questions, its events and its result. */
export class WorkflowRun extends RunElement {
  /** What is shown below the questions. */
  get view(): RunView;
  set view(value: Maybe<RunView>);
}

/** `<workflow-prompt>`: the open questions of one run. */
export class WorkflowPrompt extends RunElement {}

/** `<workflow-chat>`: a conversation with a workflow. */
export class WorkflowChat extends RunElement {
  /** The workflow that a message starts. */
  get workflow(): string;
  set workflow(value: Maybe<string>);
  /** The field of its start event that takes what is written. Empty: the first of the usual names. */
  get field(): string;
  set field(value: Maybe<string>);
  /** Further fields of the start event. A text is taken for their JSON. */
  input: any;
  /** What stands in the empty input. */
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
