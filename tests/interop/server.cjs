// An npm ws server: node server.cjs none|default|limited
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

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate,
  handleProtocols: (protocols) => (protocols.has("chat") ? "chat" : false),
});
server.on("listening", () => console.log(server.address().port));
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
