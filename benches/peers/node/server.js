// npm's ws as its README uses it, with bufferutil when that is installed:
// node server.js ADDRESS [broadcast | deflate | deflate-alone | tls]
// Needs: npm install --prefix benches/peers/node
'use strict';

const { readFileSync } = require('fs');
const { createServer } = require('https');
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
const tls = process.argv[3] === 'tls' && createServer({
  cert: readFileSync('target/certificate/certificate.pem'),
  key: readFileSync('target/certificate/key.pem'),
});
const server = new WebSocketServer({ ...(tls ? { server: tls } : { host, port: Number(port) }), perMessageDeflate });
server.on('listening', () => console.log(`listening on ${host}:${server.address().port}`));
if (tls) tls.listen(Number(port), host);
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
