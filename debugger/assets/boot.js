// Starts the page's WebAssembly module. In a separate file, because the page's Content-Security-Policy allows no inline scripts;
// the build names the module's two files in `<link id="app-glue">` and `<link id="app-wasm">`.

const glue = document.getElementById("app-glue").href;
const wasm = document.getElementById("app-wasm").href;

/** Shows a message and the browser's error in place of the page. */
function say(sentence, error) {
  console.error(sentence, error);
  const text = document.createElement("p");
  text.className = "boot";
  text.setAttribute("role", "alert");
  text.append(sentence);
  if (error) {
    const code = document.createElement("code");
    code.textContent = String(error.message || error);
    text.append(" ", code);
  }
  document.body.prepend(text);
}

async function boot() {
  if (typeof WebAssembly !== "object") {
    say("The workflow debugger needs WebAssembly, which this browser does not have or has switched off.");
    return;
  }
  let program;
  try {
    program = await import(glue);
  } catch (error) {
    say(`The page's program could not be loaded from ${glue}. Is the server still running? Reload to try again.`, error);
    return;
  }
  let running;
  try {
    running = await program.default({ module_or_path: wasm });
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) {
      say("The workflow debugger stopped while it was starting. Reload to try again.", error);
    } else if (error instanceof WebAssembly.CompileError) {
      say("This browser refused to compile the page's program: it is too old, or a security policy forbids WebAssembly.", error);
    } else {
      say(`The page's program could not be loaded from ${wasm}. Is the server still running? Reload to try again.`, error);
    }
    return;
  }
  // The event that trunk's own start script dispatches, for scripts that wait for it.
  dispatchEvent(new CustomEvent("TrunkApplicationStarted", { detail: { wasm: running } }));
}

boot();
