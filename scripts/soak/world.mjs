/** The proxy under soak: twenty agents, one server over HTTP, and a policy that is written anew again and again. */
import path from 'node:path';
import { startOurs, upstreamUrl } from '../bench/proxy/gateways.mjs';
import { ECHO, grantOf, policyOf, RULE, tokenFor, writePolicy } from '../bench/proxy/policy.mjs';

const AGENTS = 20;

export async function startWorld(port, folder) {
  const transport = { type: 'remote', url: upstreamUrl(port) };
  const agents = Array.from({ length: AGENTS }, (_, i) => `agent-${i}`);
  const grants = () => [grantOf('bench', ['echo'], RULE)];
  const policy = policyOf(
    { bench: { tools: [ECHO], transport } },
    Object.fromEntries(agents.map((a) => [a, grants()])),
  );
  const tokens = agents.map((agent) => tokenFor(policy, agent));
  const proxy = await startOurs(policy, path.join(folder, 'proxy'));
  let seq = 1;
  return {
    ...proxy,
    tokens,
    sent: { total: 0, allowed: 0, refused: 0, wrong: 0 },
    /** What the agents may do stays; the policy is another one all the same, with a guest that comes and goes. */
    reload() {
      seq++;
      const guest = `guest-${seq % 7}`;
      writePolicy(proxy.dirs.policy, { ...policy, agents: { ...policy.agents, [guest]: { grants: [] } } }, seq);
    },
  };
}
