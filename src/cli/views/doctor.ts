/** `toolcrib doctor` for people: a line for each finding, and below those that are not well how to mend them. */
import { visible } from '../../diagnostics/visible.js';
import type { DoctorReport, Finding } from '../../workflow/doctor.js';
import type { Palette } from '../palette.js';

const AREAS: readonly Finding['area'][] = ['engine', 'machine', 'project'];

export function doctorText({ findings }: DoctorReport, palette: Palette): string {
  const width = Math.max(...findings.map((each) => each.check.length));
  const blocks = AREAS.map((area) => findings.filter((each) => each.area === area))
    .filter((group) => group.length > 0)
    .map((group) => [palette.strong(group[0]?.area ?? ''), ...group.flatMap((each) => lines(each, width, palette))]);
  return [...blocks.flatMap((block) => [...block, '']), tally(findings)].join('\n');
}

function lines({ state, check, detail, fix }: Finding, width: number, palette: Palette): string[] {
  const paint = { ok: palette.good, warn: palette.warning, fail: palette.error }[state];
  const head = `  ${paint(state.padEnd(4))}  ${check.padEnd(width)}  ${visible(detail)}`;
  return fix === null
    ? [head]
    : [head, `  ${' '.repeat(4)}  ${' '.repeat(width)}  ${palette.faint('fix:')} ${visible(fix)}`];
}

/** The last line sums up. */
function tally(findings: readonly Finding[]): string {
  const count = (state: Finding['state']): number => findings.filter((each) => each.state === state).length;
  return `${count('fail')} failed, ${count('warn')} warned, ${count('ok')} ok`;
}
