import { generateKeyPairSync, randomBytes } from "node:crypto";

/**
 * A new ed25519 key in OpenSSH's unencrypted private key format (openssh PROTOCOL.key). Made here because
 * ssh2's own generator drops a leading zero byte of the public key, which spoils one key in 256.
 */
export function newEd25519Key(comment: string): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x, d } = privateKey.export({ format: "jwk" });
  if (x === undefined || d === undefined) throw new Error("the key cannot be exported");
  return encodeEd25519Key(Buffer.from(x, "base64url"), Buffer.from(d, "base64url"), comment);
}

/** `publicKey` and `seed` are the 32 bytes each of RFC 8032. */
export function encodeEd25519Key(publicKey: Buffer, seed: Buffer, comment: string): string {
  const publicBlob = Buffer.concat([string("ssh-ed25519"), string(publicKey)]);
  // The same number twice: with encryption, the sign of a right passphrase.
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    publicBlob,
    string(Buffer.concat([seed, publicKey])),
    string(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: -secret.length & 7 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(publicBlob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
