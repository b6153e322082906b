import specification from "../../../../resources/schemas/compose-spec.json";

/** The part of JSON Schema that the Compose Specification uses. */
export interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  additionalProperties?: boolean | SchemaNode;
  items?: SchemaNode;
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  allOf?: SchemaNode[];
}

const root: SchemaNode & { definitions?: Record<string, SchemaNode> } = specification;

/** A step into a list. */
export const ITEM = "[]";

/** Every schema that the value at a path may follow. */
export function schemasAt(path: readonly string[]): SchemaNode[] {
  let nodes = alternatives([root]);
  for (const step of path) nodes = alternatives(nodes.flatMap((node) => stepInto(node, step)));
  return nodes;
}

/** Keys that a mapping at a path can have, by name. */
export function keysAt(path: readonly string[]): Map<string, SchemaNode> {
  const keys = new Map<string, SchemaNode>();
  for (const node of schemasAt(path)) {
    for (const [name, value] of Object.entries(node.properties ?? {}))
      if (!keys.has(name)) keys.set(name, value);
  }
  return keys;
}

/** Words that the value at a path can be, when the specification lists them. */
export function wordsAt(path: readonly string[]): string[] {
  const words = schemasAt(path).flatMap((node) => [
    ...(node.enum ?? []).map(String),
    ...([node.type].flat().includes("boolean") ? ["true", "false"] : []),
  ]);
  return [...new Set(words)];
}

/** Whether a mapping at a path may have a key. Where nothing is known, everything may be. */
export function isAllowed(path: readonly string[], key: string): boolean {
  const nodes = schemasAt(path).filter(isMapping);
  return nodes.length === 0 || nodes.some((node) => stepInto(node, key).length > 0 || !isClosed(node));
}

function isMapping(node: SchemaNode): boolean {
  return (
    node.properties !== undefined ||
    node.patternProperties !== undefined ||
    node.additionalProperties !== undefined
  );
}

function isClosed(node: SchemaNode): boolean {
  return node.additionalProperties === false;
}

function stepInto(node: SchemaNode, step: string): SchemaNode[] {
  if (step === ITEM) return node.items === undefined ? [] : [node.items];
  const own = node.properties?.[step];
  if (own !== undefined) return [own];
  const matching = Object.entries(node.patternProperties ?? {}).filter(([pattern]) =>
    new RegExp(pattern).test(step),
  );
  if (matching.length > 0) return matching.map(([, value]) => value);
  return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
}

/** The nodes with references followed and choices spread out. */
function alternatives(nodes: readonly SchemaNode[], depth = 0): SchemaNode[] {
  if (depth > 8) return [];
  return nodes.flatMap((node) => {
    if (node.$ref !== undefined) return alternatives(referred(node.$ref), depth + 1);
    const choices = [...(node.oneOf ?? []), ...(node.anyOf ?? []), ...(node.allOf ?? [])];
    return [node, ...alternatives(choices, depth + 1)];
  });
}

function referred(reference: string): SchemaNode[] {
  const name = reference.replace(/^#\/definitions\//, "");
  const node = root.definitions?.[name];
  return node === undefined ? [] : [node];
}
