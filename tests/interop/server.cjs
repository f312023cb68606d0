// An npm ws server: node server.cjs none|default|limited [CERTIFICATE KEY]
const { readFileSync } = require("node:fs");
const { once } = require("node:events");
const { WebSocketServer } = require("ws");

const perMessageDeflate = {
  none: false,
  default: { threshold: 0 },
  limited: {
    threshold: 0,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 10,
  },
}[process.argv[2]];

const [certificate, key] = process.argv.slice(3).map((file) => readFileSync(file));
const listening = certificate
  ? require("node:https").createServer({ cert: certificate, key })
  : require("node:http").createServer();
listening.listen(0, "127.0.0.1", () => console.log(listening.address().port));
const server = new WebSocketServer({
  server: listening,
  perMessageDeflate,
  handleProtocols: (protocols) => (protocols.has("chat") ? "chat" : false),
});
server.on("connection", (ws) => {
  ws.on("message", async (data, isBinary) => {
    const text = isBinary ? "" : data.toString();
    if (text === "fragments") {
      for (const [part, fin] of [["一", false], ["", false], ["二".repeat(1000), false], ["三", true]]) {
        ws.send(part, { fin });
      }
    } else if (text === "extensions") {
      ws.send(ws.extensions.split(";")[0]);
    } else if (text === "ping") {
      ws.ping("payload");
      const [payload] = await once(ws, "pong");
      ws.send(payload.toString() === "payload" ? "pong" : "another payload");
    } else if (text.startsWith("close ")) {
      const [, code, reason] = text.split(" ");
      ws.close(Number(code), reason);
    } else {
      ws.send(data, { binary: isBinary });
    }
  });
});
