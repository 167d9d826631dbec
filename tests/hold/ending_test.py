"""The end: SIGTERM with connections nobody has accepted yet, a second Ctrl-C, SIGKILL under load."""

import contextlib
import json
import signal
import sqlite3
import unittest

from hold import ROOMY, HoldTest, client_hello, is_over, reset, size
from lab import PATIENCE, Lab, wait_for


class Ending(HoldTest):
    def end_with_a_full_backlog(self, workers, limits=ROOMY):
        """SIGTERM comes while the server sleeps: the kernel has completed all of these, the server has seen none."""
        lab = self.start(limits, workers=workers)
        lab.process.send_signal(signal.SIGSTOP)
        waiting = [self.connect() for _ in range(size(120, 1000))]
        for connection in waiting[::3]:
            connection.sendall(client_hello())
        for connection in waiting[1::3]:
            reset(connection)
        lab.process.send_signal(signal.SIGTERM)
        lab.process.send_signal(signal.SIGCONT)
        return waiting

    def test_connections_that_nobody_has_accepted_have_their_record(self):
        for workers in (1, 3):
            with self.subTest(workers=workers):
                waiting = self.end_with_a_full_backlog(workers)
                silent = [connection.getsockname()[1] for connection in waiting[2::3]]
                asked = [connection.getsockname()[1] for connection in waiting[::3]]
                for connection in waiting[2::3]:
                    self.assertTrue(is_over(connection))
                by_port = {record["client"]["port"]: record for record in self.all_recorded()}
                for port in silent:
                    self.assertEqual((by_port[port]["verdict"], by_port[port]["ended"]), ("no-bytes", "shutdown"))
                for port in asked:  # what they wanted is known, and that it was us who ended it
                    self.assertEqual((by_port[port]["verdict"], by_port[port]["ended"]), ("turned-away", "shutdown"))
                    self.assertEqual(by_port[port]["hello"]["sni"]["name"], "sip.contoso.test")

    def test_those_over_a_limit_are_counted_too(self):
        self.end_with_a_full_backlog(1, "connections_per_address: 10")
        records = self.all_recorded()
        self.assertEqual(sum(1 for record in records if "turned_away" in record), 2)

    def test_a_second_signal_ends_what_the_first_one_lets_go_on(self):
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT)):
            for workers in (1, 2):
                with self.subTest(first=first, workers=workers):
                    lab = self.start(ROOMY + ", grace_seconds: 3600, handshake_seconds: 3600", workers=workers)
                    half_way = [self.connect() for _ in range(8)]
                    for connection in half_way:
                        connection.sendall(client_hello())
                        self.assertEqual(connection.recv(1), b"\x16")  # the grace time is for them
                    lab.process.send_signal(first)
                    lab.wait_for_output("stopping: no new connections")
                    lab.process.send_signal(second)
                    records = self.all_recorded()
                    self.assertEqual({record["ended"] for record in records}, {"shutdown"})

    def test_sigkill_leaves_whole_lines_a_whole_history_and_all_that_was_flushed(self):
        lab = self.start(history=True)
        self.addCleanup(lab.process.wait)
        clients = [self.good_client() for _ in range(2)]
        for client in clients:
            client.served(size(10, 300))
        flushed = {record["id"] for record in lab.records(1)}
        self.wait_for_history(flushed)
        for client in clients:
            client.served(3)
            client.enough.set()
        lab.process.kill()
        lab.process.wait(timeout=PATIENCE)
        self.assertTrue(flushed <= {record["id"] for record in lab.all_records()})
        self.assertTrue(flushed <= self.history())
        with contextlib.closing(sqlite3.connect(lab.state / "history.db")) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        # The next run goes on in the same files.
        again = Lab(["serve", "--config", lab.config], lab.folder)
        self.addCleanup(again.stop)
        again.connect().close()
        before = len(lab.all_records())
        again.records(before + 1)
        lab.stopped = True  # killed, on purpose

    def history(self):
        with contextlib.closing(sqlite3.connect(self.lab.state / "history.db")) as database:
            return {json.loads(line)["id"] for (line,) in database.execute("SELECT line FROM events")}

    def wait_for_history(self, ids):
        wait_for(lambda: True if ids <= self.history() else None, "the history of all that is in the file")


if __name__ == "__main__":
    unittest.main()
