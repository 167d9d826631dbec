// The answer as plain text, for a ticket or a mail: what was seen, what it means, what would help.

import { clock, duration } from "./dom.js";
import { hostChoices, policies, sources } from "./words.js";

const end = ({ address, port }) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

/// `told` is the lab's explanation; undefined where there is none.
export function ticketText(record, told, link) {
  const wanted = told?.wanted ?? record.wanted?.name;
  const policy = told?.policy ?? record.policies?.[0];
  const names = told?.policies?.[policy]?.names ?? [];
  return [
    `${record.verdict}${record.detail ? `: ${record.detail}` : ""}`,
    `when       ${record.time} (${clock(record.time)} here), took ${duration(record.duration_us)}`,
    `client     ${end(record.client)}${record.hello?.sni.raw ? `, SNI ${record.hello.sni.raw}` : record.hello ? ", no SNI" : ""}`,
    `lab        ${end(record.local)}${record.virtual_host ? `, virtual host ${record.virtual_host} (${hostChoices[record.host_choice] ?? record.host_choice})` : ""}` +
      `${record.tls?.version ? `, ${record.tls.version}` : ""}`,
    record.fault ? `fault      ${record.fault.what}: armed on purpose` : "",
    told?.meaning ? `meaning    ${told.meaning}` : "",
    record.causes?.length ? `how sure   ${record.confidence}` : "",
    ...(record.causes?.length ? (told?.reasons ?? record.reasons ?? []).map((reason) => `           - ${reason}`) : []),
    wanted ? `wanted     ${wanted}, known by ${sources[record.wanted?.source] ?? record.wanted?.source}, compared as ${policies[policy] ?? policy}` : "",
    ...names.map((name) => `presented  ${name.kind} ${name.name}: ${name.covers ? "covers it" : name.detail || name.reason}`),
    record.certificate?.fingerprint ? `certificate SHA-256 ${record.certificate.fingerprint}` : "",
    ...(told?.fixes ?? []).map((line) => `fix        ${line}`),
    `record     ${record.id}${record.attempt ? `, attempt ${record.attempt}` : ""}`,
    link,
  ].filter(Boolean).join("\n");
}
