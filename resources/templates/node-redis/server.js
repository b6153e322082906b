const http = require("node:http");
const { createClient } = require("redis");

const client = createClient({
  socket: { host: process.env.REDIS_HOST },
  password: process.env.REDIS_PASSWORD,
});
client.on("error", (error) => console.error(error.message));

const server = http.createServer(async (request, response) => {
  try {
    const answer =
      request.url === "/health" ? await client.ping() : `Visits: ${await client.incr("visits")}\n`;
    response.end(answer);
  } catch (error) {
    console.error(error.message);
    response.writeHead(503).end("Redis does not answer.\n");
  }
});

process.on("SIGTERM", () => server.close(() => client.quit()));
client.connect().then(() => server.listen(8080));
