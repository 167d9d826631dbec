// What is filtered, not only what is shown, as JSON Lines: the lines that `fakeocs log --json` has, the newest last.

import { get, query } from "./api.js";
import { save, say } from "./dom.js";

const most = 20_000;  // connections; more is for `fakeocs log`

export async function exportFiltered(filter, after) {
  const lines = [];
  let before;
  do {
    const page = await get(`/handshakes${query({ filter, limit: 500, before })}`);
    for (const { sequence, ...record } of page.handshakes)
      if (!after || sequence > Number(after)) lines.push(JSON.stringify(record));
    before = page.next && (!after || page.next > Number(after)) ? page.next : undefined;
    if (before) say(`${lines.length} connections so far`);
  } while (before && lines.length < most);
  save("handshakes.jsonl", lines.reverse().map((line) => `${line}\n`).join(""), "application/x-ndjson");
  say(before ? `the newest ${lines.length} connections exported; fakeocs log --json has all` : `${lines.length} connections exported`);
}
