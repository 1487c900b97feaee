// Tries a regular expression on texts, beside the page: a pattern that never ends hangs this worker only, and the page ends it.
// It is asked with a pattern, its flags, and pairs of texts, all in one array; its answer are the numbers of the pairs that match.
onmessage = ({ data: [source, flags, ...texts] }) => {
  const pattern = new RegExp(source, flags);
  const found = [];
  for (let at = 0; at < texts.length; at += 2) {
    if (pattern.test(texts[at]) || pattern.test(texts[at + 1])) found.push(at / 2);
  }
  postMessage(found);
};
postMessage("ready");
