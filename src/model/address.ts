/** Addresses name resources the way commands and plans print them: `server.files`, `proxy`. */

export type NamedKind = 'server' | 'agent' | 'token' | 'volume' | 'network' | 'image';
export type SingleKind = 'proxy' | 'bridge' | 'control' | 'policy';
export type Address = `${NamedKind}.${string}` | SingleKind;

/** Names of toolboxes, servers, agents, volumes, variables (DESIGN.md, toolbox.yaml). */
export const NAME_PATTERN = /^[a-z][a-z0-9-]{0,39}$/;

/** The name behind the dot; the kind itself for `proxy`, `bridge`, `control`, `policy`. */
export function nameOf(address: Address): string {
  const dot = address.indexOf('.');
  return dot < 0 ? address : address.slice(dot + 1);
}

export function kindOf(address: Address): NamedKind | SingleKind {
  const dot = address.indexOf('.');
  return (dot < 0 ? address : address.slice(0, dot)) as NamedKind | SingleKind;
}
