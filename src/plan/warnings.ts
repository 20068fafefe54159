/** What a plan cannot mend, but whoever reads it should know. */
import type { Code } from '../diagnostics/codes.js';
import { codes } from '../diagnostics/codes.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import { generationKey } from '../model/ack.js';
import type { GenerationStatus } from '../model/ack.js';
import type { ActualState, DesiredState } from '../model/state.js';

export function warningsOf(desired: DesiredState, actual: ActualState): Diagnostic[] {
  return [...unreadablePolicy(actual), ...withheld(actual), ...revokedOutsideGit(desired, actual)];
}

/** Without control nothing can be read of the live policy: every access would look new. */
function unreadablePolicy({ containers }: ActualState): Diagnostic[] {
  const has = (address: string): boolean => containers.some((each) => each.address === address);
  if (!has('proxy') || has('control')) return [];
  return [
    warning(
      'not_applied',
      'The control container is gone, so the live policy cannot be read: access that the proxy gives now is listed as gained.',
      'Apply makes it again, with all else as it is.',
      { address: 'control' },
    ),
  ];
}

/** Serving generations that the proxy holds back, as a whole or in part. */
function withheld({ policy, ack }: ActualState): Diagnostic[] {
  return Object.entries(policy?.routes ?? {}).flatMap(([server, generation]) => {
    const said = generation === null ? undefined : ack?.generations[generationKey(server, generation)];
    return said ? statusWarnings(server, said) : [];
  });
}

function statusWarnings(server: string, said: GenerationStatus): Diagnostic[] {
  const where = { address: `server.${server}` };
  const found: Diagnostic[] = [];
  if (said.state === 'failed') {
    const code: Code = said.code !== null && said.code in codes ? (said.code as Code) : 'server_refused';
    const fix = `Read \`toolcrib logs ${server}\`; the proxy goes on trying.`;
    found.push(warning(code, said.reason ?? 'The proxy cannot use it.', fix, where));
  }
  if (said.quarantined.length > 0) {
    const tools = said.quarantined.join(', ');
    const fix = `Run \`toolcrib lock\` and review what changed; until then calls of these tools are refused.`;
    found.push(
      warning('definition_changed', `The running server shows other definitions than the lock: ${tools}.`, fix, where),
    );
  }
  return found;
}

/** `token revoke --now` reaches the engine before it is committed; one that never is would be forgotten. */
function revokedOutsideGit({ policy }: DesiredState, { revoked }: ActualState): Diagnostic[] {
  const live = policy.tokens.filter((token) => revoked.includes(token.id));
  return live.map(({ id, agent }) =>
    warning(
      'token_revoked',
      `Token ${id} of ${agent} is revoked on the engine for good, but its file here says that it is valid.`,
      `Run \`toolcrib token revoke ${id}\` and commit the file.`,
      { address: `token.${id}` },
    ),
  );
}
