"""A websockets client: python client.py URL none|default|limited plain|deflate"""

import sys

from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.sync.client import connect

url, mode, expected = sys.argv[1:]
extensions = {
    "none": [],
    "default": [ClientPerMessageDeflateFactory(client_max_window_bits=True)],
    "limited": [ClientPerMessageDeflateFactory(True, True, 10, 10)],
}[mode]


def open():
    # Over TLS one opening of some hundreds hangs, with the library's own server as with others: a thread reads while another
    # writes, which Python's ssl does not bear. `ss -ti` shows then that both ends agree on what was sent and have read all of it,
    # and that this one has sent TLS's handshake alone, 597 bytes: sendall() has taken the request, and the socket never got it.
    for attempt in range(4):
        try:
            return connect(
                url,
                subprotocols=["x", "chat"],
                compression=None,
                extensions=extensions,
                max_size=None,
                proxy=None,
                open_timeout=5,
            )
        except TimeoutError:
            if attempt == 3 or not url.startswith("wss:"):
                raise


with open() as ws:
    assert ws.subprotocol == "chat", ws.subprotocol
    deflate = [type(extension) for extension in ws.protocol.extensions]
    assert deflate == ([PerMessageDeflate] if expected == "deflate" else []), deflate
    for length in 0, 1, 125, 126, 65535, 65536, 300000:
        for message in "聊" * (length // 3) + "x" * (length % 3), bytes(i * i % 251 for i in range(length)):
            ws.send(message)
            assert ws.recv() == message, length
    # Fragments, of text and of bytes, with an empty one.
    ws.send(["一", "", "二" * 1000, "三"])
    assert ws.recv() == "一" + "二" * 1000 + "三"
    ws.send([b"\x01", b"\x02" * 1000])
    assert ws.recv() == b"\x01" + b"\x02" * 1000
    assert ws.ping("payload").wait(10)
    ws.close(3000, "再见")
    assert (ws.close_code, ws.protocol.close_rcvd.code) == (3000, 3000)

with open() as ws:
    ws.send("close 4001 再见")
    try:
        ws.recv()
        sys.exit("no close")
    except ConnectionClosed as closed:
        assert (closed.rcvd.code, closed.rcvd.reason) == (4001, "再见"), closed

print("done")
