const provider = document.querySelector("workflow-provider");
const run = document.querySelector("workflow-run");

// A second place, to move elements to.
const elsewhere = document.createElement("div");
elsewhere.id = "elsewhere";
provider.append(elsewhere);

// All events of the elements, for the test to read.
const names = ["started", "status", "event", "input-required", "completed", "failed", "cancelled", "select"];
for (const name of names) {
  provider.addEventListener(`workflow-${name}`, (event) => {
    const line = document.createElement("li");
    line.textContent = `${event.type} ${JSON.stringify(event.detail)}`;
    document.getElementById("dispatched").append(line);
  });
}

const [move, remove] = document.querySelectorAll("body > button");
move.addEventListener("click", () => elsewhere.append(run));
remove.addEventListener("click", () => run.remove());
