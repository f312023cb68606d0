"""Python's websockets as its documentation uses it, on uvloop as it advises: python server.py ADDRESS [broadcast]

Needs: python3 -m venv benches/peers/python/venv
       benches/peers/python/venv/bin/pip install -r benches/peers/python/requirements.txt
"""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

LIMIT = 64 << 20  # bytes of a message, as the other servers take


async def echo(websocket):
    async for message in websocket:
        await websocket.send(message)


async def to_all(websocket, server):
    async for message in websocket:
        broadcast(server.connections, message)


async def main(address, mode):
    host, port = address.split(":")

    async def handler(websocket):
        try:
            await (to_all(websocket, server) if mode == "broadcast" else echo(websocket))
        except ConnectionClosed:
            pass

    # asyncio and uvloop set TCP_NODELAY by themselves.
    async with serve(handler, host, int(port), compression=None, max_size=LIMIT) as server:
        print(f"listening on {host}:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.wait_closed()


uvloop.run(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:0", sys.argv[2] if len(sys.argv) > 2 else "echo"))
