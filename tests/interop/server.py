"""A websockets server: python server.py none|default|limited [CERTIFICATE KEY]"""

import ssl
import sys

from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.sync.server import serve

extensions = {
    "none": [],
    "default": [ServerPerMessageDeflateFactory()],
    "limited": [ServerPerMessageDeflateFactory(True, True, 10, 10)],
}[sys.argv[1]]

tls = None
if sys.argv[2:]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*sys.argv[2:])


def handle(ws):
    for message in ws:
        if message == "fragments":
            ws.send(["一", "", "二" * 1000, "三"])
        elif message == "extensions":
            ws.send(", ".join(extension.name for extension in ws.protocol.extensions))
        elif message == "ping":
            assert ws.ping("payload").wait(10)
            ws.send("pong")
        elif isinstance(message, str) and message.startswith("close "):
            _, code, reason = message.split(" ")
            ws.close(int(code), reason)
        else:
            ws.send(message)


with serve(
    handle, "127.0.0.1", 0, ssl=tls, subprotocols=["chat"], compression=None, extensions=extensions, max_size=None
) as server:
    print(server.socket.getsockname()[1], flush=True)
    server.serve_forever()
