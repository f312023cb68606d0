// An npm ws client: node client.cjs URL none|default|limited plain|deflate
const assert = require("node:assert");
const { once } = require("node:events");
const WebSocket = require("ws");

const [url, mode, expected] = process.argv.slice(2);
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
}[mode];

async function open() {
  const ws = new WebSocket(url, ["x", "chat"], { perMessageDeflate });
  await once(ws, "open");
  return ws;
}

async function main() {
  let ws = await open();
  assert.equal(ws.protocol, "chat");
  assert.equal(ws.extensions.startsWith("permessage-deflate"), expected === "deflate", ws.extensions);
  for (const length of [0, 1, 125, 126, 65535, 65536, 300000]) {
    const text = "聊".repeat(length / 3) + "x".repeat(length % 3);
    ws.send(text);
    let [data, isBinary] = await once(ws, "message");
    assert(!isBinary && data.toString() === text, `${length}`);
    const bytes = Buffer.from({ length }, (_, i) => (i * i) % 251);
    ws.send(bytes);
    [data, isBinary] = await once(ws, "message");
    assert(isBinary && data.equals(bytes), `${length}`);
  }
  for (const [part, fin] of [["一", false], ["", false], ["二".repeat(1000), false], ["三", true]]) {
    ws.send(part, { fin });
  }
  assert.equal((await once(ws, "message"))[0].toString(), "一" + "二".repeat(1000) + "三");
  ws.ping("payload");
  assert.equal((await once(ws, "pong"))[0].toString(), "payload");
  ws.close(3000, "再见");
  assert.equal((await once(ws, "close"))[0], 3000);

  ws = await open();
  ws.send("close 4001 再见");
  const [code, reason] = await once(ws, "close");
  assert.deepEqual([code, reason.toString()], [4001, "再见"]);
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
