// npm's ws as its README uses it, with bufferutil when that is installed: node server.js ADDRESS [broadcast | deflate | deflate-alone]
// Needs: npm install --prefix benches/peers/node
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

const [host, port] = (process.argv[2] ?? '127.0.0.1:0').split(':');
const broadcast = process.argv[3] === 'broadcast';

// Compression is off by default, and Node turns Nagle's algorithm off by itself for upgraded sockets.
const alone = process.argv[3] === 'deflate-alone';
const perMessageDeflate = process.argv[3]?.startsWith('deflate') && {
  zlibDeflateOptions: { level: 6 },
  serverNoContextTakeover: alone,
  clientNoContextTakeover: alone,
  threshold: 64,
};
const server = new WebSocketServer({ host, port: Number(port), perMessageDeflate });
server.on('listening', () => console.log(`listening on ${host}:${server.address().port}`));
server.on('connection', (client) => {
  client.on('error', () => {}); // The client's leaving.
  client.on('message', (data, isBinary) => {
    if (!broadcast) {
      client.send(data, { binary: isBinary });
      return;
    }
    for (const other of server.clients) {
      if (other.readyState === WebSocket.OPEN) other.send(data, { binary: isBinary });
    }
  });
});
