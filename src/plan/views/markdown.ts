/**
 * A plan as a comment on a pull request: who gains and loses what in a table, each resource folded. What comes from
 * files and servers stands in `<code>` with every mark that means something to Markdown, HTML or the forge (pipes,
 * backticks, `@somebody`, `#12`) written as an entity. A comment holds 65,536 characters: a longer plan is cut
 * between two entries, and says what is missing.
 */
import { counted } from '../../diagnostics/counted.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { visible } from '../../diagnostics/visible.js';
import type { AccessChange } from '../../model/access.js';
import type { Action, Change, FieldChange, Plan } from '../plan.js';
import { placeOf, scopeOf, summary, SYMBOLS, tellingFields, whatHappens } from './text.js';
import { inWords } from './words.js';

/** Characters of a comment, at most. */
export const LONGEST_COMMENT = 65_000;
/** Kept free for what has to be said of a cut. */
const RESERVE = 500;

export function planMarkdown(plan: Plan): string {
  const comment = new Comment(LONGEST_COMMENT - RESERVE);
  const scope = scopeOf(plan);
  comment.text(`### ${entities(summary(plan))}\n\nProject ${code(plan.project.name)}${entities(placeOf(plan))}\n`);
  if (scope !== null) comment.text(`\n${entities(scope)}\n`);
  comment.section('access change', '\n#### Access\n\n| | Change | Risk |\n|---|---|---|\n', plan.accessChanges, access);
  comment.section('warning', '\n#### Warnings\n\n', plan.warnings, warning);
  const shown = plan.changes.filter(({ action }) => action !== 'no-op');
  comment.section('resource', '\n#### Resources\n', shown, resource);
  const kept = plan.changes.filter(({ action, reason }) => action === 'no-op' && reason.startsWith('kept,'));
  comment.section('kept volume', '\n#### Kept\n\n', kept, (each) => `- ${code(each.address)}: ${words(each.reason)}\n`);
  return comment.end();
}

/** Takes entries while there is room; from the first that does not fit on, it only counts. */
class Comment {
  #text = '';
  readonly #missing: string[] = [];

  constructor(private readonly room: number) {}

  text(text: string): void {
    this.#text += text;
  }

  section<T>(noun: string, heading: string, entries: readonly T[], write: (entry: T) => string): void {
    let open = heading;
    for (const [index, entry] of entries.entries()) {
      const text = open + write(entry);
      if (this.#missing.length > 0 || this.#text.length + text.length > this.room) {
        const left = entries.length - index;
        this.#missing.push(counted(left, noun));
        return;
      }
      this.#text += text;
      open = '';
    }
  }

  end(): string {
    if (this.#missing.length === 0) return this.#text;
    const missing = this.#missing.join(', ').replace(/, ([^,]*)$/, ' and $1');
    return `${this.#text}\n**This comment is cut: ${missing} more do not fit.** \`toolcrib plan\` shows all of it.\n`;
  }
}

const EFFECTS = { granted: '+ granted', revoked: '- revoked', constrained: '~ constrained' } as const;

function access({ effect, risk, reason, text }: AccessChange): string {
  const weight = reason === null ? risk : `**${risk}**: ${reason}`;
  return `| ${code(EFFECTS[effect])} | ${code(text)} | ${weight} |\n`;
}

function warning({ summary: headline, address, detail, fix }: Diagnostic): string {
  const where = address === undefined ? '' : ` (${code(address)})`;
  return `- **${words(headline)}**${where}: ${code(detail)}${fix ? `; fix: ${code(fix)}` : ''}\n`;
}

function resource(change: Change): string {
  const cause = change.cause === null ? '' : ` (${change.cause})`;
  const fields = tellingFields(change);
  const table = fields.length === 0 ? '' : `\n${header(change.action)}${fields.map(row(change.action)).join('')}`;
  const unknown = change.unknown.length === 0 ? '' : `\n${change.unknown.map(code).join(', ')}: (known after apply)\n`;
  const head = `${code(SYMBOLS[change.action])} ${code(change.address)} ${words(whatHappens(change))}${cause}`;
  return `\n<details><summary>${head}</summary>\n\n${code(change.reason)}\n${table}${unknown}\n</details>\n`;
}

function header(action: Action): string {
  return action === 'create'
    ? '| Field | Value |\n|---|---|\n'
    : '| Field | Before | After | Cause |\n|---|---|---|---|\n';
}

function row(action: Action): (field: FieldChange) => string {
  return ({ field, before, after, cause }) => {
    const value = code(inWords(field, after));
    if (action === 'create') return `| ${code(field)} | ${value} |\n`;
    return `| ${code(field)} | ${code(inWords(field, before))} | ${value} | ${cause} |\n`;
  };
}

/** Literal text, whatever stands in it. Inside `<code>` a forge links and calls nobody. */
function code(text: string): string {
  return `<code>${entities(visible(text.replaceAll('\n', ' ')))}</code>`;
}

/** Our own words, which may quote a command in backticks. */
function words(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? code(part) : entities(visible(part))))
    .join('');
}

function entities(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:;()/=+'’-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
