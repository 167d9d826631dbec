"""fakeocs-certgen names: what each server role needs, and that the command it prints makes just that."""

import json
import unittest

from certgen_case import CertgenCase

KNOWN = [
    "--sip-domain", "contoso.test", "--sip-domain", "fabrikam.test", "--pool", "pool01.contoso.test",
    "--server", "fe01.contoso.test", "--server", "fe02.contoso.test", "--web", "web.contoso.test",
]


class NamesTest(CertgenCase):
    def roles(self):
        listed = self.run_program("names", "--role", "list").stdout.splitlines()
        return [line.split()[0] for line in listed if not line.startswith(" ")]

    def names(self, role):
        return json.loads(self.certgen("names", "--role", role, *KNOWN, "--json").stdout)

    def test_every_role_says_who_asks_when_and_what_breaks(self):
        roles = self.roles()
        self.assertGreaterEqual(len(roles), 21)
        for role in roles:
            with self.subTest(role=role):
                told = self.names(role)
                self.assertEqual(told["role"], role)
                for name in told["names"]:
                    self.assertEqual([key for key in name if not name[key]], [], name)
                    self.assertIn(name["place"], ["Subject and SAN", "SAN"])
                text = self.certgen("names", "--role", role, *KNOWN).stdout
                for word in ["asked by", "if missing", "SAN list", "make it", told["common_name"]]:
                    self.assertIn(word, text)

    def test_the_article_story_is_told(self):
        text = self.certgen("names", "--role", "ocs-se", "--server", "ocs.schertz.test",
                            "--sip-domain", "schertz.test").stdout
        block = text[text.index("sipinternal.schertz.test  (SAN)"):]
        self.assertIn("OC 2007", block)
        self.assertIn("host name sipinternal.schertz.test, if DNS has it", block)
        self.assertIn("There was a problem verifying the certificate from the server.", block)

    def test_the_printed_command_makes_that_certificate(self):
        for role in ["ocs-pool", "lync-edge-im", "rfc5922"]:
            with self.subTest(role=role):
                told = self.names(role)
                self.paste(told["command"])
                made = json.loads(self.certgen("inspect", role, "--json").stdout)
                self.assertEqual(made["sans"], told["sans"])
                self.assertEqual(made["common_names"], [told["common_name"]])
                self.assertEqual(made["eku"], told["eku"])

    def test_a_role_without_its_name_says_which_option_gives_it(self):
        done = self.certgen("names", "--role", "lync-rp", "--sip-domain", "contoso.test", code=2)
        self.assertIn("role 'lync-rp' needs a web FQDN", done.stderr)
        self.assertIn("--web FQDN", done.stderr)

    def test_an_international_domain_is_written_as_it_goes_on_the_wire(self):
        text = self.certgen("names", "--role", "rfc5922", "--sip-domain", "b\u00fccher.test").stdout
        self.assertIn("DNS:xn--bcher-kva.test", text)


if __name__ == "__main__":
    unittest.main()
