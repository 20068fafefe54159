/** `toolcrib metrics`: what the proxy counts, read through the engine's API, so that no port has to be open for it. */
import { fail } from '../diagnostics/failure.js';
import type { Context } from './context.js';
import { auditPlace } from './audit.js';

export interface Sample {
  name: string;
  labels: Record<string, string>;
  /** null: it is not finite. */
  value: number | null;
}

export interface MetricsRead {
  /** When the proxy wrote them: ISO 8601. */
  written: string;
  /** In the text format of Prometheus. */
  text: string;
}

export async function metrics(context: Context): Promise<MetricsRead> {
  const { engine, controlId } = await auditPlace(context);
  const { readMetrics } = await import('../docker/control.js');
  return (
    (await readMetrics(engine, controlId)) ??
    fail(
      'not_applied',
      'The proxy has not written any metrics yet: it has not run, or it is of a version that wrote none.',
      'Run `toolcrib status`; `toolcrib apply` brings the proxy to this version.',
      { address: 'proxy' },
    )
  );
}

/** The samples of a text that prom-client wrote; its comments are left out. */
export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found) return [];
    const [, name = '', labels = '', value = ''] = found;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']): [string, string] => [
        key,
        text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
      ],
    );
    const number = Number(value);
    return [{ name, labels: Object.fromEntries(pairs), value: Number.isFinite(number) ? number : null }];
  });
}
