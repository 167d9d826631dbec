"""DNS messages by hand, for what dig does not send and does not show."""

import socket
import struct

from lab import PATIENCE


def name_bytes(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(name, kind=1, number=0x1234, flags=0x0100, udp_size=None):
    """One question of class IN; `udp_size` adds an OPT record."""
    opt = b"" if udp_size is None else b"\0" + struct.pack("!HHIH", 41, udp_size, 0, 0)
    header = struct.pack("!HHHHHH", number, flags, 1, 0, 0, 1 if opt else 0)
    return header + name_bytes(name) + struct.pack("!HH", kind, 1) + opt


def framed(message):
    return struct.pack("!H", len(message)) + message


def rcode(message):
    return message[3] & 0x0F


def number(message):
    return struct.unpack("!H", message[:2])[0]


def answer_count(message):
    return struct.unpack("!H", message[6:8])[0]


def udp_socket(port, address="127.0.0.1"):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(PATIENCE)
    client.connect((address, port))
    return client


def ask(port, message):
    """The answer over UDP."""
    with udp_socket(port) as client:
        client.send(message)
        return client.recv(65535)


def tcp_socket(port):
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def receive_exactly(client, count):
    """Empty if the other side closes before that."""
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            return b""
        data += more
    return data


def receive_framed(client):
    length = receive_exactly(client, 2)
    return receive_exactly(client, struct.unpack("!H", length)[0]) if length else b""
