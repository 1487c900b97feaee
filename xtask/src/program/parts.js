const begun = new Map();
function once(url) {
  let file = begun.get(url.href);
  if (!file) {
    file = load(url);
    begun.set(url.href, file);
    file.catch(() => begun.delete(url.href));
  }
  return file;
}
async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
  await WebAssembly.instantiate(await answer.arrayBuffer(), { __wasm_split: initSync() });
}
const part = (...files) => async (callback, data) => {
  let came = true;
  try {
    await Promise.all(files.map(once));
  } catch (error) {
    console.warn(error);
    came = false;
  }
  initSync().__indirect_function_table.get(callback)(data, came);
};
