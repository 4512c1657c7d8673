// Asks the server: one item of the queue, and its answer.

const PATIENCE = 20000; // ms to wait for an answer
const AGAIN = [400, 1500]; // ms until a request is tried again when the network fails

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

class Problem extends Error {}

// The network gets three tries; what the server refuses is refused. `headers` say from which page it comes; `notice` shows
// how far a file is.
export async function answered(item, headers, notice) {
  for (let tries = 0; ; tries += 1) {
    const answer = item.file && !item.unreadable ? await upload(item, headers, notice) : await post(item, headers);
    const problem = new Problem("没有连上，请检查网络。");
    if (answer?.ok) return answer.body;
    if (answer?.cancelled) throw Object.assign(problem, { quiet: true });
    if (answer?.body?.error && answer.status !== 503) {
      throw Object.assign(problem, { message: answer.body.error, reload: answer.body.reload });
    }
    if (tries === AGAIN.length) throw problem;
    await pause(AGAIN[tries]);
  }
}

async function post({ key, press: pressed, text, unreadable, group }, headers) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const response = await fetch("/say", {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({ key, press: pressed, text, unreadable, group }),
      signal: late.signal,
    });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

// XMLHttpRequest, because fetch does not tell how far an upload is.
function upload({ key, file, place, group }, headers, notice) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const bar = notice(`正在发送${place} ${file.name}`, "取消", () => request.abort());
    bar.hidden = false;
    bar.value = 0;
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    const end = (answer) => { notice(""); done(answer); };
    request.onload = () => {
      const { status, responseText } = request;
      try { end({ ok: status === 200, status, body: JSON.parse(responseText) }); } catch { end(null); }
    };
    request.onerror = () => end(null);
    request.onabort = () => end({ cancelled: true });
    request.open("POST", "/upload");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.setRequestHeader("X-Chat-Key", key);
    request.setRequestHeader("X-Chat-Group", group);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.send(file);
  });
}
