"""Python's ssl module as a program uses it.   python3 get.py PORT NAME CA.pem"""

import socket
import ssl
import sys

port, name, ca = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
try:
    with socket.create_connection(("127.0.0.1", int(port))) as plain:
        with context.wrap_socket(plain, server_hostname=name) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while part := tls.recv(4096):
                sys.stdout.write(part.decode())
except ssl.SSLError as refused:
    sys.exit(str(refused))
