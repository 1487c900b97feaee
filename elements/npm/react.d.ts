/** The elements in React 19's JSX: `import type {} from "workflow-ui/react"`. */

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type {
  WorkflowChat,
  WorkflowEventMap,
  WorkflowPrompt,
  WorkflowProvider,
  WorkflowRun,
  WorkflowRuns,
  WorkflowTrigger,
} from "./elements.js";

type Listeners = {
  [Name in keyof WorkflowEventMap as `on${Name}`]?: (event: WorkflowEventMap[Name]) => void;
};

// Properties accept null for no value, as outside of React.
type Own<Element> = { [Name in Exclude<keyof Element, keyof HTMLElement>]?: Element[Name] | null };

type Props<Element extends HTMLElement> = DetailedHTMLProps<HTMLAttributes<Element>, Element> & Own<Element> & Listeners;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "workflow-provider": Props<WorkflowProvider>;
      "workflow-trigger": Props<WorkflowTrigger>;
      "workflow-run": Props<WorkflowRun>;
      "workflow-runs": Props<WorkflowRuns>;
      "workflow-prompt": Props<WorkflowPrompt>;
      "workflow-chat": Props<WorkflowChat>;
    }
  }
}
