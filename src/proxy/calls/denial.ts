/** A refusal, signed for. */
import { entryOf, type Errand } from '../exchange.js';

/** A refusal stands even where it cannot be written down; the log reports its own trouble. */
export async function deny(errand: Errand, what: Omit<Parameters<typeof entryOf>[1], 'decision'>): Promise<void> {
  errand.house.tracer?.refused(errand, what);
  await errand.house.audit.decide(entryOf(errand, { ...what, decision: 'deny' })).catch(() => 0);
}
