/** Spans go where the policy in force says, or nowhere. */
import type { PolicyTelemetry } from '../../policy/artifact.js';
import { Exporter, type ExporterOptions } from './otlp.js';
import { Tracer } from './spans.js';

type Fixed = Pick<ExporterOptions, 'project' | 'version' | 'boot'> & { now: () => number };

export class TelemetrySwitch {
  #exporter: Exporter | null = null;
  #said = '';
  /** Of those before. */
  #lost = 0;

  /** @param use told whenever spans go somewhere else from now on; null: nowhere. */
  constructor(
    private readonly fixed: Fixed,
    private readonly use: (tracer: Tracer | null) => void,
    private readonly onTrouble: ExporterOptions['onTrouble'],
  ) {}

  get dropped(): number {
    return this.#lost + (this.#exporter?.dropped ?? 0);
  }

  follow(telemetry: PolicyTelemetry | null): void {
    const said = JSON.stringify(telemetry);
    if (said === this.#said) return;
    this.#said = said;
    void this.close();
    if (!telemetry) return this.use(null);
    const { now, ...fixed } = this.fixed;
    this.#exporter = new Exporter({ ...fixed, ...telemetry, onTrouble: this.onTrouble });
    this.use(new Tracer(this.#exporter, now));
  }

  async close(): Promise<void> {
    const exporter = this.#exporter;
    this.#exporter = null;
    if (!exporter) return;
    await exporter.close();
    this.#lost += exporter.dropped;
  }
}
