export { Registries } from "./registries.ts";
export { searchRegistry, searchTags } from "./search.ts";
