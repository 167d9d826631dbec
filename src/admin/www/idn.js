// Names in two scripts: what an xn-- label says to a person (RFC 3492), beside how it is compared.

const base = 36, tMin = 1, tMax = 26;

function adapt(delta, points, first) {
  let k = 0;
  delta = first ? Math.floor(delta / 700) : delta >> 1;
  delta += Math.floor(delta / points);
  for (; delta > ((base - tMin) * tMax) >> 1; k += base) delta = Math.floor(delta / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * delta) / (delta + 38));
}

const digit = (code) => (code >= 48 && code <= 57 ? code - 22 : code >= 97 && code <= 122 ? code - 97 : -1);

/// The label without its xn--, or null if that is no Punycode.
export function decoded(label) {
  const text = label.toLowerCase().slice(4);
  const dash = text.lastIndexOf("-");
  const points = [...text.slice(0, Math.max(dash, 0))].map((letter) => letter.codePointAt(0));
  let n = 128, i = 0, bias = 72;
  for (let at = dash < 0 ? 0 : dash + 1; at < text.length;) {
    const before = i;
    for (let weight = 1, k = base; ; k += base) {
      const value = at < text.length ? digit(text.charCodeAt(at++)) : -1;
      if (value < 0) return null;
      i += value * weight;
      if (i > 0x7fffffff) return null;
      const t = Math.min(Math.max(k - bias, tMin), tMax);
      if (value < t) break;
      weight *= base - t;
    }
    bias = adapt(i - before, points.length + 1, before === 0);
    n += Math.floor(i / (points.length + 1));
    i %= points.length + 1;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return null;
    points.splice(i++, 0, n);
  }
  return String.fromCodePoint(...points);
}

/// The whole name as it is meant, "" where it has no such label or one that cannot be shown. What is neither a
/// letter nor a digit is spelled, so that nothing is hidden or turns the line around.
export function inScript(name) {
  const labels = (name ?? "").split(".");
  if (!labels.some((label) => /^xn--/i.test(label))) return "";
  const shown = labels.map((label) => (/^xn--/i.test(label) ? decoded(label) : label));
  if (shown.includes(null)) return "";
  return shown.join(".").replace(/[^\p{L}\p{M}\p{N}.*_-]/gu, (odd) => `\\u{${odd.codePointAt(0).toString(16)}}`);
}

/// The same behind a name: " (…)", or "".
export function inBrackets(name) {
  const shown = inScript(name);
  return shown ? ` (${shown})` : "";
}
