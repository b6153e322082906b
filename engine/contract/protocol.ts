/** Raised when messages or procedures change so that old and new cannot talk. */
export const PROTOCOL_VERSION = 1;

/** Where the engine's websocket lives on every server that carries the contract. */
export const RPC_PATH = "/rpc";

/** The largest message that a server of the contract takes. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Exit code of an engine that found another one serving its home. */
export const EXIT_ALREADY_RUNNING = 3;
