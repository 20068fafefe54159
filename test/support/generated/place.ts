/** Where generated declarations are applied: what they may name that has to be there. */
import fc from 'fast-check';

export interface Place {
  name: string;
  /** Another name of the project, that it has in some of them. */
  alias: string;
  id: string;
  ports: readonly number[];
  pools: readonly string[];
  /** Of the engine, on its own host. */
  socket: string;
  /** The engine's name of a volume that is nobody's. */
  external: string;
  /** Files: certificates with their keys, and an authority. */
  certificates: readonly { cert: string; key: string }[];
  ca: string;
  /** A server elsewhere, by what reaches it; its tools are `list_issues`, `get_issue` and `close_issue`. */
  remote: Readonly<Record<string, unknown>>;
  /** Where a server comes from may differ as well, packages included: only where no lock has to be made of it. */
  anySource: boolean;
}

export type Block = Record<string, unknown>;

/** Each field is there or not, by itself. */
export const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Block> =>
  fc.record(fields, { requiredKeys: [] });
