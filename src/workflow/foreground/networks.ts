/**
 * The networks on which `toolcrib proxy` reaches servers that speak HTTP: internal ones, one a server, as `apply` makes
 * them. The proxy is no container here, so it dials their addresses from this machine; that works where the engine's
 * networks are this machine's.
 */
import { createNetwork } from '../../apply/create-network.js';
import { routesHere } from '../../apply/routes-here.js';
import type { ServerConfig } from '../../config/config.js';
import { fail } from '../../diagnostics/failure.js';
import type { Engine } from '../../engine/engine.js';
import type { NetworkInspect } from '../../model/inspect.js';
import { LABEL, type ProjectIdentity } from '../../model/labels.js';
import type { DesiredNetwork } from '../../model/state.js';
import { freeSubnet } from '../../plan/subnet.js';
import type { Declared } from '../declare.js';

/**
 * Makes those that are declared and are not there.
 * @throws Failure `invalid_option` where this machine is not on them, `network_pool_full`.
 */
export async function ensureNetworks(engine: Engine, { config, desired }: Declared, endpoint: string): Promise<void> {
  const wanted = desired.networks.filter(({ address }) => address.startsWith('network.server-'));
  if (wanted.length === 0) return;
  const byHttp = config.servers.filter(({ transport }) => transport.type === 'http');
  const first = byHttp[0] as ServerConfig;
  if (!isHere(endpoint)) refuse(first, config, `the engine is reached by ${endpoint}`);
  const all = await engine.listNetworks();
  for (const network of wanted) if (!find(all, network)) await make(engine, network, all);
  const now = await engine.listNetworks();
  const here = (await routesHere()).flatMap(({ subnet, direct }) => (direct ? subnet : []));
  if (wanted.every((network) => subnetsOf(find(now, network)).some((subnet) => here.includes(subnet)))) return;
  refuse(first, config, "the engine's networks are those of a virtual machine, or of its own namespace (rootless)");
}

/** All of this project's. What is on them has gone. */
export async function removeNetworks(engine: Engine, { name, id }: ProjectIdentity): Promise<void> {
  for (const { Id, Labels } of await engine.listNetworks())
    if (Labels?.[LABEL.projectId] === id && Labels[LABEL.project] === name) await engine.removeNetwork(Id);
}

/** Elsewhere an address of ours may be somebody else's. */
function isHere(endpoint: string): boolean {
  return endpoint.startsWith('unix://') || /^\w+:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:|\/|$)/.test(endpoint);
}

function subnetsOf(network: NetworkInspect | undefined): string[] {
  return (network?.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
}

function find(all: readonly NetworkInspect[], { name, labels }: DesiredNetwork): NetworkInspect | undefined {
  return all.find(({ Name, Labels }) => Name === name && Labels?.[LABEL.projectId] === labels[LABEL.projectId]);
}

async function make(engine: Engine, network: DesiredNetwork, all: readonly NetworkInspect[]): Promise<void> {
  const taken = all.flatMap(subnetsOf);
  const subnet = freeSubnet(network.pool, taken);
  if (subnet === null)
    fail(
      'network_pool_full',
      `Every /28 of ${network.pool} overlaps a network that the engine has already.`,
      'Give `project.network_pool` a block that nothing else on this engine uses, such as 10.91.0.0/16.',
      { address: network.address },
    );
  await createNetwork({ do: 'create-network', ...network, subnet }, engine);
}

function refuse(server: ServerConfig, config: Declared['config'], why: string): never {
  return fail(
    'invalid_option',
    `Server ${server.name} speaks HTTP in a container, and \`toolcrib proxy\` dials that from this machine, which is not on the engine's networks: ${why}.`,
    'Use `toolcrib apply`, whose proxy is a container there; or leave the server out with `-f`. Servers over stdio and remote ones work with any engine.',
    { range: config.locate(server.at, 'key'), address: `server.${server.name}` },
  );
}
