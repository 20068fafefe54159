/** `toolcrib status` for people. */
import { nameOf } from '../../model/address.js';
import type { ServerState, StatusReport } from '../../workflow/status.js';
import type { Palette } from '../palette.js';
import { visible } from '../../diagnostics/visible.js';
import { table } from '../table.js';

export function statusText(report: StatusReport, palette: Palette): string {
  const { proxy, engine } = report;
  const policy = proxy.policy ? `policy ${short(proxy.policy)}` : 'no policy';
  const good = proxy.state === 'running' ? palette.good : palette.error;
  return [
    `${palette.strong(report.project)} on engine ${engineId(engine.id)} (Docker ${engine.version})`,
    `proxy ${good(proxy.state)} at ${proxy.endpoint}, ${policy}`,
    ...health(report, palette),
    '',
    ...table(
      ['SERVER', 'STATE', 'TOOLS', 'RESTARTS', 'DRIFT', 'IMAGE', 'REASON'],
      report.servers.map((server) => [
        nameOf(server.address),
        paint(server.state, palette),
        String(server.tools),
        String(server.restarts),
        server.drift ? palette.warning('yes') : '-',
        server.image ? short(server.image) : '-',
        visible(server.reason ?? running(server.instances.length)),
      ]),
    ),
    ...lastWords(report),
    '',
    ...table(
      ['AGENT', 'TOOLS', 'TOKENS'],
      report.agents.map((agent) => [nameOf(agent.address), String(agent.tools), String(agent.tokens)]),
    ),
  ].join('\n');
}

function health({ health: { state, problems } }: StatusReport, palette: Palette): string[] {
  if (state === 'healthy') return [`health ${palette.good(state)}`];
  const who = problems.map(({ address }) => address).join(', ');
  return [`health ${(state === 'down' ? palette.error : palette.warning)(state)}${who && `: ${who}`}`];
}

function lastWords({ servers }: StatusReport): string[] {
  return servers.flatMap(({ address, stderr }) =>
    stderr.length === 0
      ? []
      : ['', `${nameOf(address)}, its last words on stderr:`, ...stderr.map((line) => `  ${visible(line)}`)],
  );
}

function running(instances: number): string {
  return instances === 0 ? '' : `${instances} ${instances === 1 ? 'instance' : 'instances'}`;
}

function paint(state: ServerState, palette: Palette): string {
  if (state === 'running' || state === 'remote') return palette.good(state);
  return state === 'starting' ? palette.warning(state) : palette.error(state);
}

/** Digests to 12 digits, everything else as it is. */
function short(text: string): string {
  return text.replace(/(sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/, '$1$2');
}

/** Enough of it to tell engines apart: `ABCD:EFGH`, or the start of a UUID. */
function engineId(id: string): string {
  return id
    .split(/([:-])/)
    .slice(0, 3)
    .join('');
}
