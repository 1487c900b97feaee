// Tries regular expressions on texts, beside the page: a pattern that never ends hangs this worker only, and the page ends it.
//
// ["search", pattern, text, text, …]: which of the pairs of texts match? The answer is the list of their numbers, or, when the browser
// refuses the pattern, a text that says why.
// ["check", id, flags, place, pattern, text, place, pattern, text, …]: does each pattern match its text? For each there is an answer of
// its own, [id, place, verdict]: true, false, or what the browser has against the pattern.
const search = ([source, ...texts]) => {
  // As in a text, capitals make it exact; but those behind a backslash are no letters.
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
