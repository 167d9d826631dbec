// Names of clients, out of the lab's own zones alone: nobody else is asked.

import { get } from "./api.js";

export const whence = "from this lab's zone";

const loopback = new Set(["127.0.0.1", "::1"]);
let names = new Map();  // by address

/// One spelling of each address; "" where it is none.
function plain(address) {
  const text = address.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped) return mapped[1];
  if (!text.includes(":")) return text;
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return "";
  }
}

/// The address that an owner of PTR records stands for, or "".
function reversed(owner) {
  const [, digits, tree] = /^([0-9a-f.]+)\.(in-addr|ip6)\.arpa$/.exec(owner.toLowerCase()) ?? [];
  const parts = digits?.split(".").reverse() ?? [];
  if (tree === "in-addr") return parts.length === 4 ? parts.join(".") : "";
  if (parts.length !== 32) return "";
  return plain(parts.join("").replace(/....(?!$)/g, "$&:"));
}

/// Of each address the one name: a PTR record's, else the only one that has it. What many share has none.
function namesIn(zones) {
  const told = new Map();
  const owners = new Map();
  const note = (map, address, name) => {
    if (!address || loopback.has(address)) return;
    const known = map.get(address) ?? new Set();
    map.set(address, known.add(name.replace(/\.$/, "").toLowerCase()));
  };
  for (const { name, type, value } of zones.flatMap((zone) => zone.records)) {
    if (type === "PTR") note(told, reversed(name.replace(/\.$/, "")), value);
    else if ((type === "A" || type === "AAAA") && !name.startsWith("*")) note(owners, plain(value), name);
  }
  const found = new Map();
  for (const [address, known] of new Map([...owners, ...told])) if (known.size === 1) found.set(address, [...known][0]);
  return found;
}

export const nameOfClient = (address) => (address && names.get(plain(address))) ?? "";

/// True: they are others than before.
export async function loadClientNames() {
  let zones;
  try {
    ({ zones } = await get("/dns/records"));
  } catch {
    return false;  // no DNS, or the lab is away: what was known stays
  }
  const now = namesIn(zones);
  const same = JSON.stringify([...now]) === JSON.stringify([...names]);
  names = now;
  return !same;
}
