// Starts the debugger in HTML that only knows three names: this file, `app.css` and `#root`. All other files are in the same folder as
// this file.
import start from "./debugger.js";

// Where the page finds its other files.
globalThis.workflowDebuggerFiles = new URL(".", import.meta.url).href;

const root = document.getElementById("root") ?? document.body;
try {
  await start({ module_or_path: new URL("debugger_bg.wasm", import.meta.url) });
  // The module appends its page to the body.
  root.append(document.querySelector("body > .wf-page"));
} catch (error) {
  const text = document.createElement("p");
  text.className = "boot";
  text.setAttribute("role", "alert");
  text.textContent = `The workflow debugger could not be started from ${import.meta.url}. ${error.message ?? error}`;
  root.append(text);
  throw error;
}
