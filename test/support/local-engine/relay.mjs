// relay.mjs SOCKET: run in the guest's network, it carries connections from a unix socket to addresses there.
// A client's first line is `HOST PORT`; the answer is `ok`, or a line of text that says why not; then bytes flow.
// It ends with its standard input.
import net from "node:net";

const [socketPath] = process.argv.slice(2);

const server = net.createServer({ allowHalfOpen: true }, (client) => {
  client.on("error", () => undefined);
  client.once("data", (line) => {
    client.pause();
    const [host, port] = line.toString().trim().split(" ");
    const target = net.connect({ host, port: Number(port), allowHalfOpen: true });
    let open = false;
    target.on("error", (error) => {
      if (open) client.destroy();
      else client.end(`${error.message}\n`);
    });
    target.once("connect", () => {
      open = true;
      client.write("ok\n");
      client.pipe(target);
      target.pipe(client);
    });
    client.on("close", () => target.destroy());
    target.on("close", () => {
      if (open) client.destroySoon();
    });
  });
});

server.listen(socketPath, () => process.stdout.write("ready\n"));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
