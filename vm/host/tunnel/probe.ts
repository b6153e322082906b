import type { ClientChannel } from "ssh2";

/**
 * Asks the Docker engine at the other end of the channel for `/_ping`. Resolves to whether it answered well;
 * rejects when nothing comes within the time.
 */
export function pingDocker(channel: ClientChannel, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const timer = setTimeout(() => {
      channel.close();
      reject(new Error(`no answer to /_ping within ${timeoutMs} ms`));
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      channel.close();
      resolve(/^HTTP\/1\.1 200 /.test(answer));
    };
    channel.setEncoding("latin1");
    channel.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.includes("\r\n")) finish();
    });
    channel.on("end", finish);
    channel.on("close", finish);
    channel.write("GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
  });
}
