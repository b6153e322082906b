export { SecretStore } from "./secret-store.ts";
