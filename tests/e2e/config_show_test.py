"""`fakeocs config show` and /api/v1/config: every setting, its value, and what won."""

import json
import signal
import unittest

from config_test import ANY_PORT, HOST, Folder
from lab import Lab


class Show(Folder):
    def rows(self, *words, **environment):
        done = self.run_it("config", "show", *words, "--as", "json", **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {row["key"]: row for row in json.loads(done.stdout)["settings"]}

    def write(self, text=HOST):
        (self.folder / "fakeocs.yaml").write_text(text)

    def test_the_flag_wins_over_the_variable_over_the_file_over_the_default(self):
        self.write(ANY_PORT + "logs: {detail: quiet, color: never, json_file: a.jsonl}\n" + HOST)
        rows = self.rows("--json", "c.jsonl", FAKEOCS_JSON="b.jsonl", FAKEOCS_COLOR="always")
        expected = {
            "logs.json_file": ("c.jsonl", "flag", "--json"),
            "logs.color": ("always", "variable", "FAKEOCS_COLOR"),
            "logs.detail": ("quiet", "file", "fakeocs.yaml:2:8"),
            "logs.waiting": ("4096", "default", None),
            "listeners[0].port": ("0", "file", "fakeocs.yaml:1:26"),
            "config": ("fakeocs.yaml", "default", None),
        }
        for key, (value, source, where) in expected.items():
            with self.subTest(key=key):
                row = rows[key]
                self.assertEqual((row["value"], row["from"], row.get("where")), (value, source, where))

    def test_the_table_is_for_people_and_shows_no_password(self):
        self.write("pfx: {password: s3cret}\n" + HOST)
        done = self.run_it("config", "show", "--port", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^listeners\[1\]\.port +0 +--port$")
        self.assertRegex(done.stdout, r"(?m)^pfx\.password +\(not shown\) +fakeocs\.yaml:1:7$")
        self.assertNotIn("s3cret", done.stdout)

    def test_what_is_wrong_with_the_file_is_said(self):
        self.write("limits: {bytes: x}\n" + HOST)
        done = self.run_it("config", "show")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("fakeocs.yaml:1:17: limits.bytes: bad number", done.stderr)

    def test_of_ten_thousand_hosts_a_page(self):
        hosts = "".join(f"  - {{id: h{i}, names: [h{i}.test], certificate: {{load: {{pfx: p}}}}}}\n" for i in range(10_000))
        self.write("hosts:\n" + hosts)
        done = self.run_it("config", "show")
        self.assertLess(len(done.stdout.splitlines()), 300)
        self.assertIn("# hosts 0 to 19 of 10000: --first 20 goes on, --host ID shows one", done.stdout)
        rows = self.rows("--host", "h9999")
        self.assertEqual(rows["hosts[9999].names"]["value"], "[h9999.test]")
        self.assertNotIn("hosts[0].id", rows)
        done = self.run_it("config", "show", "--host", "nobody")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no virtual host 'nobody'", done.stderr)

    def test_a_running_lab_says_what_it_runs_on_and_a_reload_changes_what_it_can(self):
        lab = Lab.configured(ANY_PORT + "limits: {bytes: 5000}\n" + HOST)
        self.addCleanup(lab.stop)

        def running():
            rows = self.rows("--running", "--state-dir", lab.state)
            return {key: (rows[key]["value"], rows[key].get("where")) for key in
                    ("limits.bytes", "logs.json_file", "logs.waiting", "admin.port")}

        self.assertEqual(running(), {
            "limits.bytes": ("5000", f"{lab.config}:2:10"), "logs.json_file": (str(lab.log), "--json"),
            "logs.waiting": ("4096", None), "admin.port": ("0", "FAKEOCS_ADMIN")})
        lab.config.write_text(ANY_PORT + "workers: 1\nlimits: {bytes: 6000}\nlogs: {waiting: 7}\nhistory: {days: 9}\n" + HOST)
        lab.process.send_signal(signal.SIGHUP)
        text = lab.wait_for_output("reloaded ")
        self.assertIn("another history or timeline section needs a restart", text)
        self.assertEqual(running(), {
            "limits.bytes": ("6000", f"{lab.config}:3:10"), "logs.json_file": (str(lab.log), "--json"),
            "logs.waiting": ("4096", None), "admin.port": ("0", "FAKEOCS_ADMIN")})

    def test_a_running_lab_is_asked_for_any_id_as_it_was_typed(self):
        lab = Lab.configured(ANY_PORT + HOST)
        self.addCleanup(lab.stop)
        done = self.run_it("config", "show", "--running", "--state-dir", lab.state, "--host", "no body&first=1")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no virtual host 'no body&first=1'", done.stderr)

    def test_nobody_runs_there(self):
        done = self.run_it("config", "show", "--running", "--state-dir", self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no lab runs on this state folder", done.stderr)

    def test_quickstart_stands_for_its_file(self):
        lab = Lab.quickstart("contoso.test")
        self.addCleanup(lab.stop)
        rows = self.rows("--running", "--state-dir", lab.state)
        self.assertEqual(rows["dns.zones"]["where"], "quickstart contoso.test")
        self.assertEqual((rows["dns.port"]["value"], rows["dns.port"]["where"]), ("0", "--port"))


if __name__ == "__main__":
    unittest.main()
