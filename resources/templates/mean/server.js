const path = require("node:path");
const express = require("express");
const { MongoClient } = require("mongodb");

const client = new MongoClient(process.env.MONGO_URL);
const app = express();

app.get("/health", async (request, response) => {
  await client.db().command({ ping: 1 });
  response.send("ok");
});

app.get("/api/visits", async (request, response) => {
  const visits = client.db().collection("visits");
  await visits.insertOne({ at: new Date() });
  response.json({ visits: await visits.countDocuments() });
});

app.use(express.static(path.join(__dirname, "page")));
app.use((error, request, response, next) => {
  console.error(error.message);
  if (response.headersSent) return next(error);
  response.status(503).json({ message: "The database does not answer." });
});

process.on("unhandledRejection", (error) => console.error(error));
client.connect().then(() => app.listen(8080));
