// The live feed: server-sent events that go on where they stopped, over a restart of the lab too.

/// Calls `on[name](data, id)` for each event, and `on.state("live" | "reconnecting")`.
export class Feed {
  constructor(on) {
    this.on = on;
    this.last = undefined;
    this.filter = "";
  }

  start(filter, after) {
    this.filter = filter;
    this.last = after;
    this.open();
  }

  open() {
    this.close();
    const words = [];
    if (this.filter) words.push(`filter=${encodeURIComponent(this.filter)}`);
    if (this.last !== undefined) words.push(`after=${this.last}`);
    const source = new EventSource(`/api/v1/events?${words.join("&")}`);
    this.source = source;
    source.onopen = () => this.on.state("live");
    source.onerror = () => {
      if (this.source !== source) return;
      this.on.state("reconnecting");
      // A refusal ends the browser's own attempts; a closed port may, too.
      if (source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.open(), 1000);
    };
    for (const name of ["hello", "handshake", "silent", "seen", "dns", "sip", "gap"]) {
      source.addEventListener(name, (event) => {
        if (this.source !== source) return;
        if (event.lastEventId) this.last = event.lastEventId;
        this.on[name]?.(JSON.parse(event.data));
      });
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }
}
