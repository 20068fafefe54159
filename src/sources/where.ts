/** What a failure of a source is about. */
import type { Range } from '../diagnostics/diagnostic.js';

export interface Where {
  range?: Range | undefined;
  address?: string | undefined;
}
