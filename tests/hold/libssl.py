"""A TLS client straight on libssl: what Python's ssl module has no words for, renegotiation and key updates."""

import ctypes
import ctypes.util

SSL_CTRL_SET_MIN_PROTO_VERSION, SSL_CTRL_SET_MAX_PROTO_VERSION, SSL_CTRL_SET_TLSEXT_HOSTNAME = 123, 124, 55
TLS12, TLS13 = 0x0303, 0x0304
KEY_UPDATE_REQUESTED = 1


def load():
    """libssl with the signatures used here, or None."""
    name = ctypes.util.find_library("ssl") or "libssl.so.3"
    try:
        ssl = ctypes.CDLL(name)
    except OSError:
        return None
    pointer, text, number, long_number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_long
    for function, result, arguments in (
        ("TLS_client_method", pointer, []), ("SSL_CTX_new", pointer, [pointer]), ("SSL_CTX_free", None, [pointer]),
        ("SSL_CTX_ctrl", long_number, [pointer, number, long_number, pointer]),
        ("SSL_new", pointer, [pointer]), ("SSL_free", None, [pointer]), ("SSL_set_fd", number, [pointer, number]),
        ("SSL_ctrl", long_number, [pointer, number, long_number, pointer]),
        ("SSL_connect", number, [pointer]), ("SSL_write", number, [pointer, text, number]),
        ("SSL_read", number, [pointer, pointer, number]), ("SSL_renegotiate", number, [pointer]),
        ("SSL_do_handshake", number, [pointer]), ("SSL_key_update", number, [pointer, number]),
    ):
        try:
            known = getattr(ssl, function)
        except AttributeError:
            return None
        known.restype, known.argtypes = result, arguments
    return ssl


class Client:
    """On a connected, blocking socket, which the caller keeps."""

    def __init__(self, library, connection, version, name):
        connection.settimeout(None)  # libssl waits in read() itself
        self.ssl, self.connection = library, connection
        self.context = library.SSL_CTX_new(library.TLS_client_method())
        for control in (SSL_CTRL_SET_MIN_PROTO_VERSION, SSL_CTRL_SET_MAX_PROTO_VERSION):
            library.SSL_CTX_ctrl(self.context, control, version, None)
        self.handle = library.SSL_new(self.context)
        server_name = ctypes.create_string_buffer(name.encode())
        library.SSL_ctrl(self.handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, 0, server_name)
        library.SSL_set_fd(self.handle, connection.fileno())
        if library.SSL_connect(self.handle) != 1:
            raise AssertionError("no handshake")

    def renegotiate(self):
        """True if the server took part in it."""
        return self.ssl.SSL_renegotiate(self.handle) == 1 and self.ssl.SSL_do_handshake(self.handle) == 1

    def update_key(self):
        """Sends a KeyUpdate that asks for the server's; False once the connection is gone."""
        return (self.ssl.SSL_key_update(self.handle, KEY_UPDATE_REQUESTED) == 1
                and self.ssl.SSL_do_handshake(self.handle) == 1)

    def write(self, text):
        return self.ssl.SSL_write(self.handle, text, len(text)) == len(text)

    def read(self):
        room = ctypes.create_string_buffer(65536)
        count = self.ssl.SSL_read(self.handle, room, len(room))
        return room.raw[:count] if count > 0 else b""

    def close(self):
        self.ssl.SSL_free(self.handle)
        self.ssl.SSL_CTX_free(self.context)
        self.connection.close()
