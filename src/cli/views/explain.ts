/** `toolcrib explain` for people. */
import type { ExplainReport } from '../../workflow/explain.js';
import type { Palette } from '../palette.js';
import { printable } from '../printable.js';

export function explainText(report: ExplainReport, palette: Palette): string {
  const { decision, rule, reason, steps } = report;
  const paint = decision === 'allow' ? palette.good : palette.error;
  const place = rule.file === null ? '' : ` (${rule.file}${rule.line === null ? '' : `:${rule.line}`})`;
  return [
    `${palette.strong(paint(decision))}  ${printable(reason)}`,
    `rule   ${rule.path}${place}`,
    '',
    ...steps.map((step, index) => `${String(index + 1).padStart(2)}. ${printable(step)}`),
  ].join('\n');
}
