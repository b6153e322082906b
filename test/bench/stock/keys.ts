import ssh2 from "ssh2";

/** The authorized_keys line of a private key. */
export function publicLine(privateKey: string): string {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}\n`;
}

/** A host key as it appears on the wire, from its line in a `.pub` file. */
export function hostPublicBlob(line: string): Buffer {
  return Buffer.from(line.split(" ")[1] ?? "", "base64");
}
