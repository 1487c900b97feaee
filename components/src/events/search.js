// Tries regular expressions on texts in a worker: a pattern that never ends blocks the worker only, and the page terminates it.
//
// ["search", pattern, text, text, …]: which of the pairs of texts match? The answer is the list of their indices, or, if the browser
// rejects the pattern, { refused: message }.
// ["check", id, flags, index, pattern, text, index, pattern, text, …]: does each pattern match its text? Each has its own answer,
// [id, index, verdict]: true, false, or the message with which the browser rejects the pattern.
const search = ([source, ...texts]) => {
  // As for a text, capitals make it case-sensitive, except those of escapes such as \W.
  const exact = /\p{Lu}/u.test(source.replace(/\\./g, ""));
  const found = [];
  try {
    const pattern = new RegExp(source, exact ? "" : "i");
    for (let at = 0; at < texts.length; at += 2) {
      if (pattern.test(texts[at]) || pattern.test(texts[at + 1])) found.push(at / 2);
    }
  } catch (error) {
    return { refused: String(error.message) };
  }
  return found;
};
const check = ([id, flags, ...questions]) => {
  for (let at = 0; at < questions.length; at += 3) {
    let verdict;
    try {
      verdict = new RegExp(questions[at + 1], flags).test(questions[at + 2]);
    } catch (error) {
      verdict = String(error.message);
    }
    postMessage([id, questions[at], verdict]);
  }
};
onmessage = ({ data: [kind, ...rest] }) => (kind === "check" ? check(rest) : postMessage(search(rest)));
postMessage("ready");
