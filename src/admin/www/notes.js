// Notes for people, on a client or a connection. They stay in this browser: the lab does not know them.

const key = "fakeocs.notes";
const most = 500;

function all() {
  try {
    return new Map(JSON.parse(localStorage.getItem(key) ?? "[]"));
  } catch {  // none, not ours, or not allowed
    return new Map();
  }
}

export const noteOf = (kind, id) => all().get(`${kind} ${id}`) ?? "";

/// An empty one is taken away. False: this browser does not keep anything.
export function keepNote(kind, id, text) {
  const notes = all();
  notes.delete(`${kind} ${id}`);
  if (text) notes.set(`${kind} ${id}`, text.slice(0, 200));
  try {
    localStorage.setItem(key, JSON.stringify([...notes].slice(-most)));
    return true;
  } catch {
    return false;
  }
}
