/** `toolcrib explain`: the proxy's own decision about one call, by the declaration and its lock. Asks no engine. */
import { didYouMean } from '../diagnostics/suggest.js';
import type { Config } from '../config/config.js';
import type { JsonObject } from '../model/definitions.js';
import type { Lock } from '../model/lock.js';
import { explain as explainCall, explainOffer, type OfferKind } from '../policy/explain.js';
import { LoadedPolicy } from '../policy/load.js';
import type { Context } from './context.js';
import { load, requireLock, throwErrors } from './context.js';
import { declareOffline } from './declare-offline.js';

export interface ExplainReport {
  decision: 'allow' | 'deny';
  /** `path` is the rule's place in the declaration, or `default`, which stands in no file. */
  rule: { file: string | null; line: number | null; path: string };
  reason: string;
  steps: string[];
}

export interface AskedCall {
  agent: string;
  server: string;
  tool: string;
  arguments: JsonObject;
  /** What `tool` is the name of; left out: a tool. */
  kind?: 'tool' | OfferKind;
}

export async function explain(context: Context, call: AskedCall): Promise<ExplainReport> {
  const loaded = await load(context);
  const lock = requireLock(loaded);
  const { policy: policyOf, diagnostics } = declareOffline(loaded.config, lock, loaded.tokens, context);
  throwErrors(diagnostics);
  // Every server as it would serve once applied; which generation it is decides nothing.
  const routes = Object.fromEntries(loaded.config.servers.map((server) => [server.name, 1]));
  const policy = new LoadedPolicy(policyOf(routes), '');
  const { kind = 'tool', agent, server, tool: name } = call;
  const now = context.now().getTime();
  const { decision, reason, rule, steps } =
    kind === 'tool' ? explainCall(policy, { ...call, now }) : explainOffer(policy, { agent, server, kind, name, now });
  return {
    decision,
    rule: { ...placeOf(rule, loaded.config), path: rule },
    reason,
    steps: [...hints(call, loaded.config, lock), ...steps],
  };
}

function placeOf(rule: string, config: Config): { file: string | null; line: number | null } {
  const grant = config.agents.flatMap((agent) => [...agent.deny, ...agent.grants]).find((each) => each.rule === rule);
  const range = grant && config.locate(grant.at);
  return range ? { file: range.file, line: range.start.line } : { file: null, line: null };
}

/** What an unknown name was probably meant to be: the first that is unknown explains the rest. */
function hints({ agent, server, tool, kind = 'tool' }: AskedCall, config: Config, lock: Lock): string[] {
  const known: [kind: string, name: string, names: string[]][] = [
    ['agent', agent, config.agents.map((each) => each.name)],
    ['server', server, config.servers.map((each) => each.name)],
    ...(kind === 'tool' || kind === 'prompt'
      ? [
          [kind, tool, (lock.servers[server]?.definitions[`${kind}s`] ?? []).map((each) => each.name)] as [
            string,
            string,
            string[],
          ],
        ]
      : []),
  ];
  const unknown = known.find(([, name, names]) => !names.includes(name));
  if (!unknown) return [];
  const [what, name, names] = unknown;
  const meant = didYouMean(name, names);
  return [`no ${what} \`${name}\` is declared${meant ? `; did you mean \`${meant}\`?` : ''}`];
}
