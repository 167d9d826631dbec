"""Connection storms past every limit, from many addresses: who is let in, who is turned away, and all are counted."""

import concurrent.futures
import pathlib
import resource
import unittest

from hold import FAKEOCS, HoldTest, allow_descriptors, connections_in, descriptors, figure, is_over, memory, reset, size
from lab import field, wait_for


class Storms(HoldTest):
    def setUp(self):
        allow_descriptors(6000)

    def storm(self, count, addresses, hold):
        """Connects from that many addresses at once; the connections stay open where `hold` says so."""
        self.opened += count

        def one(number):
            connection = self.dial(f"127.0.{1 + number % addresses // 200}.{1 + number % addresses % 200}")
            if hold:
                return connection
            reset(connection)
            return None

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            return [connection for connection in pool.map(one, range(count)) if connection]

    def open_now(self, held):
        """How many of these the server has not ended."""
        count = 0
        for connection in held:
            connection.setblocking(False)
            try:
                if connection.recv(1):
                    count += 1
            except BlockingIOError:
                count += 1
            except ConnectionError:
                pass
        return count

    def past_the_limit(self, limits, workers, addresses, room, why):
        lab = self.start(limits, workers=workers)
        before = memory(lab.process)
        held = self.storm(size(200, 4000), addresses, hold=True)
        wait_for(lambda: True if self.open_now(held) == room else None,
                 lambda: f"{room} that were let in; there are {self.open_now(held)}", lab.alive)
        for connection in held:
            connection.close()
        self.storm(size(100, 4000), addresses, hold=False)  # and a wave that comes and goes
        figure(f"{why}: {self.opened} connections from {addresses} addresses, {workers} workers: memory {before} KiB, "
               f"then {memory(lab.process)}")
        records = self.all_recorded()
        refusals = [record for record in records if record["verdict"] == "turned-away" and "turned_away" in record]
        self.assertEqual({field(record, "turned_away.why") for record in refusals}, {why})
        self.assertGreaterEqual(connections_in(refusals), size(200, 4000) - room)
        self.assertLessEqual(len(refusals), size(300, 8000))

    def test_past_the_limit_in_total(self):
        for workers in (1, 3):
            with self.subTest(workers=workers):
                self.past_the_limit("connections: 50, connections_per_address: 100", workers, 40, 50,
                                    "connections in total")

    def test_past_the_limit_of_each_address(self):
        for workers in (1, 3):
            with self.subTest(workers=workers):
                self.past_the_limit("connections_per_address: 2", workers, 10, 20, "connections per address")

    def test_a_flood_from_one_address_leaves_the_others_alone(self):
        lab = self.start("connections_per_address: 20")
        client = self.good_client()
        client.served(1)
        for _ in range(size(3, 20)):
            self.storm(size(100, 1000), 1, hold=False)
            client.served(1)
        more = client.stop()
        client.report("flood from one address")
        lab.records(1)
        self.all_recorded(more)

    def test_no_descriptors_left(self):
        """Those over what the system allows are turned away and counted; the lab goes on when some have left."""
        if b"__ubsan_handle_dynamic_type_cache_miss" in pathlib.Path(FAKEOCS).read_bytes():
            self.skipTest("the sanitizer's check of vtables takes descriptors of its own")
        lab = self.start(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
        before = descriptors(lab.process)
        held = self.storm(size(120, 1000), 5, hold=True)
        lab.records(1)
        self.assertTrue(is_over(held[-1]))
        for connection in held:
            connection.close()
        self.wait_for_descriptors(before)
        client = self.good_client()
        client.served(3)
        more = client.stop()
        records = self.all_recorded(more)
        self.assertIn("no file descriptors", {field(record, "turned_away.why") for record in records})


if __name__ == "__main__":
    unittest.main()
