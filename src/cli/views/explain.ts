/** `toolcrib explain` for people. */
import type { ExplainReport } from '../../workflow/explain.js';
import type { Palette } from '../palette.js';
import { visible } from '../../diagnostics/visible.js';

export function explainText(report: ExplainReport, palette: Palette): string {
  const { decision, rule, reason, steps } = report;
  const paint = decision === 'allow' ? palette.good : palette.error;
  const place = rule.file === null ? '' : ` (${rule.file}${rule.line === null ? '' : `:${rule.line}`})`;
  return [
    `${palette.strong(paint(decision))}  ${visible(reason)}`,
    `rule   ${rule.path}${place}`,
    '',
    ...steps.map((step, index) => `${String(index + 1).padStart(2)}. ${visible(step)}`),
  ].join('\n');
}
