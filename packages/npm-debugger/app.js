// Starts the debugger in HTML that knows three names only: this file, `app.css` and `#root`. Everything else lies beside this file,
// wherever that is.
import start from "./debugger.js";

// Where the page looks for what it loads besides its program.
globalThis.workflowDebuggerFiles = new URL(".", import.meta.url).href;

const root = document.getElementById("root") ?? document.body;
try {
  await start({ module_or_path: new URL("debugger_bg.wasm", import.meta.url) });
  // The program puts its page at the end of the body.
  root.append(document.querySelector("body > .wf-page"));
} catch (error) {
  const text = document.createElement("p");
  text.className = "boot";
  text.setAttribute("role", "alert");
  text.textContent = `The workflow debugger could not be started from ${import.meta.url}. ${error.message ?? error}`;
  root.append(text);
  throw error;
}
