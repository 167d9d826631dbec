// Elements out of values. Text from the network becomes text nodes only: there is no way to markup here.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  add(element, children);
  return element;
}

export const fill = (element, ...children) => {
  element.replaceChildren();
  add(element, children);
  return element;
};

/// Tells a screen reader, and whoever looks at the foot of the page.
export function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.textContent = ""; }, 4000);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no clipboard without a secure context: by the old way
    const area = h("textarea", { class: "away", value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say("copied");
}

/// What the page has itself, as a file.
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const copyButton = (label, text) =>
  h("button", { type: "button", title: text, onclick: () => copy(text) }, "copy ", label);

/// A line to paste, with its button.
export const pasteable = (label, text) =>
  h("div", { class: "paste" }, h("span", { class: "label" }, label), h("code", {}, text),
    h("button", { type: "button", "aria-label": `copy ${label}`, onclick: () => copy(text) }, "copy"));

export const pairs = (rows) => {
  const list = h("dl", {});
  for (const [name, value] of rows) {
    if (value === undefined || value === null || value === "") continue;
    list.append(h("dt", {}, name), h("dd", {}, value));
  }
  return list;
};

export function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", { class: "plain cards" },
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) =>
        cell instanceof HTMLTableCellElement ? cell : h("td", {}, cell)))))));
}

export const button = (label, onclick, properties = {}) =>
  h("button", { type: "button", onclick, ...properties }, label);

export function clock(time) {
  const date = new Date(time);
  const two = (n, width = 2) => String(n).padStart(width, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
}

/// Microseconds of an RFC 3339 time, which Date would cut to milliseconds.
export function micros(time) {
  const fraction = /\.(\d+)Z$/.exec(time);
  const whole = Date.parse(time.replace(/\.\d+Z$/, "Z")) * 1000;
  return whole + (fraction ? Number(fraction[1].padEnd(6, "0").slice(0, 6)) : 0);
}

export function duration(us) {
  if (us === undefined) return "";
  if (us < 10_000_000) return `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}
