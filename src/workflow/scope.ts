/** What a plan was asked to be about: `--target` and `--replace`, held against the declaration and the engine. */
import { policyDigest } from '../compile/policy.js';
import { targeted } from '../compile/stages.js';
import type { Config } from '../config/config.js';
import { fail } from '../diagnostics/failure.js';
import type { Address } from '../model/address.js';
import { nameOf } from '../model/address.js';
import { isUp } from '../plan/container-plan.js';
import { accessOf, tokensOf } from '../policy/access.js';
import type { Declared } from './declare.js';
import { requireDeclared } from './require-declared.js';
import type { Survey } from './survey.js';

export interface Scope {
  /** Change these servers and nothing else; empty: everything. */
  targets: readonly Address[];
  /** Replace these whatever they look like. */
  replace: readonly Address[];
}

const SYSTEM: readonly string[] = ['proxy', 'bridge', 'control'];

/** @throws Failure where an option names what it cannot be about. */
export function checkScope({ targets, replace }: Scope, config: Config): void {
  for (const address of targets) requireServer(config, '--target', address);
  for (const address of replace) {
    if (!SYSTEM.includes(address)) requireServer(config, '--replace', address);
    if (targets.length === 0 || targets.includes(address)) continue;
    fail(
      'invalid_option',
      `--replace names ${address}, which --target leaves as it is.`,
      `Give \`--target ${address}\` as well, or leave \`--target\` out.`,
    );
  }
}

function requireServer(config: Config, option: string, address: string): void {
  if (address.startsWith('server.')) return requireDeclared(config, 'server', address.slice('server.'.length));
  const others = option === '--replace' ? ', `proxy`, `bridge` or `control`' : '';
  fail(
    'invalid_option',
    `${option} takes an address such as \`server.NAME\`${others}, and \`${address.slice(0, 80)}\` is none.`,
    `\`toolcrib plan\` shows the addresses of a project.`,
  );
}

/**
 * The declaration with the live policy in place of the declared one, less what the targets change in it.
 * @throws Failure `not_applied` where there is no project at work that could stay as it is.
 */
export function scoped(declared: Declared, { policy: live, actual }: Survey, targets: readonly Address[]): Declared {
  if (targets.length === 0) return declared;
  const works = (address: string): boolean =>
    actual.containers.some((each) => each.address === address && (address === 'control' || isUp(each)));
  const missing = SYSTEM.filter((address) => !works(address));
  if (!live || missing.length > 0) {
    const why = missing.length > 0 ? `its ${missing.join(' and ')} does not run` : 'no policy is in force';
    return fail(
      'not_applied',
      `--target leaves everything else of ${declared.config.project.name} as it lives, but ${why} on this engine.`,
      'Run `toolcrib apply` without `--target` first.',
    );
  }
  const policy: Declared['policy'] = (routes) => targeted(live, declared.policy(routes), targets.map(nameOf));
  return {
    ...declared,
    policy,
    desired: {
      ...declared.desired,
      policy: {
        access: accessOf(live),
        tokens: tokensOf(live),
        revoked: live.revoked,
        form: declared.desired.policy.form,
        digest: (routes) => policyDigest(policy(routes)),
      },
    },
  };
}
