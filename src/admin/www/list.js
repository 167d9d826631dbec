// The newest connections, and those that come. Text from the network becomes text nodes only.
const rows = document.getElementById("rows");
const state = document.getElementById("state");

function show(record) {
  const row = document.createElement("tr");
  const wanted = record.wanted ?? {};
  for (const text of [
    record.time, record.client.address, wanted.name ?? "unknown", record.virtual_host ?? "", record.verdict,
    record.tls.version ?? "",
  ]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  rows.prepend(row);
}

const page = await (await fetch("/api/v1/handshakes?limit=100")).json();
(page.handshakes ?? []).reverse().forEach(show);
const feed = new EventSource(`/api/v1/events?after=${page.last ?? 0}`);
feed.addEventListener("open", () => { state.textContent = "live"; });
feed.addEventListener("error", () => { state.textContent = "reconnecting"; });
feed.addEventListener("handshake", (event) => show(JSON.parse(event.data)));
