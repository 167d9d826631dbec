// What is looked at, kept in the URL, so that a view can be bookmarked and sent.

const known = ["view", "filter", "hide", "after", "columns", "open", "tab", "with", "policy"];
const listeners = [];

export const state = {};

export function read() {
  const words = new URLSearchParams(location.search);
  for (const key of known) state[key] = words.get(key) ?? "";
}

/// Changes parts of the state. `push`: the browser's back button comes back to what was before.
export function change(parts, push = false) {
  Object.assign(state, parts);
  const words = new URLSearchParams();
  for (const key of known) if (state[key]) words.set(key, state[key]);
  const text = words.toString();
  const url = text ? `/?${text}` : "/";
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  for (const listener of listeners) listener(Object.keys(parts));
}

export const onChange = (listener) => listeners.push(listener);
