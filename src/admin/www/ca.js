// The lab's CA: what a client must trust to go on, and how to take it away again.

import { get, has } from "./api.js";
import { fill, h, pairs, pasteable } from "./dom.js";

const steps = (name) => [
  ["Windows Vista and later, as administrator", "certutil -addstore Root ca.cer"],
  ["Windows, away again", `certutil -delstore Root "${name}"`],
  ["PowerShell", "Import-Certificate -FilePath ca.cer -CertStoreLocation Cert:\\LocalMachine\\Root"],
  ["Debian, Ubuntu", "sudo cp ca.pem /usr/local/share/ca-certificates/fakeocs.crt && sudo update-ca-certificates"],
  ["Fedora", "sudo cp ca.pem /etc/pki/ca-trust/source/anchors/fakeocs.pem && sudo update-ca-trust"],
  ["macOS", "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.pem"],
  ["Firefox and others with NSS", "certutil -d sql:PROFILE -A -t C,, -n fakeocs -i ca.pem"],
];

export class CaView {
  constructor() { this.title = "CA"; }

  async show(place) {
    fill(place, h("h2", {}, "The lab's CA"));
    const served = await has("/ca.cer");
    const ca = (await get("/status").catch(() => ({}))).ca;
    const name = /CN=([^,]+)/.exec(ca?.subject ?? "")?.[1] ?? "";
    fill(place, h("h2", {}, "The lab's CA"),
      h("p", { class: "warning" }, "For a lab only: anyone who has the state folder can sign any name with it. Never import it on a machine " +
        "that is used for anything else, and take it away afterwards."),
      ca ? [h("h3", {}, "Compare with what the client shows before it is trusted"),
        pairs([["subject", ca.subject], ["valid to", ca.not_after.slice(0, 10)], ["SHA-256", h("code", {}, ca.sha256)],
          ["SHA-1, the thumbprint on Windows", h("code", {}, ca.sha1)]])] : "",
      served ? h("p", { class: "copies" }, h("a", { href: "/api/v1/ca.cer", download: "ca.cer" }, "ca.cer (Windows)"), " ", h("a", { href: "/api/v1/ca.pem", download: "ca.pem" }, "ca.pem (others)"))
        : h("p", {}, "The files are ", h("code", {}, "ca/ca.cer"), " (Windows) and ", h("code", {}, "ca/ca.pem"), " in the lab's state folder. Copy one to the client, then:"),
      steps(/^[\w ]+$/.test(name) ? name : "NAME OF THE CA").map(([label, line]) => pasteable(label, line)),
      h("p", {}, "Windows XP and Server 2003 have no certutil: open ca.cer, Install Certificate, Trusted Root Certification " +
        "Authorities, with physical stores shown: Local Computer. Phones and old browsers: ", h("a", { href: "/ca" }, "the page for clients"), "."));
  }
}
