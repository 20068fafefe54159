/** Plans as comments on pull requests. */
import { describe, expect, it } from 'vitest';
import { LONGEST_COMMENT, planMarkdown } from '../../src/plan/views/markdown.js';
import type { Plan } from '../../src/plan/plan.js';
import { BASE, base, MIB, planOf } from './support/base.js';
import { nothingThere } from './support/engine-model.js';

const plan = (edit: (declared: typeof BASE) => void): Plan => {
  const edited = structuredClone(BASE);
  edit(edited);
  return planOf(edited, base.actual).plan;
};

/** What a forge shows: entities decoded once, marks of HTML and tables taken away. */
const decoded = (text: string): string =>
  text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));

describe('a comment', () => {
  it('says first what it comes to, then access, then each resource folded', () => {
    const made = plan((d) => {
      Object.assign(d.servers!.docs!, { memory: 128 * MIB, env: { LOG_LEVEL: 'debug', API_KEY: 'canary-2' } });
      d.agents!.bot!.pop();
    });
    expect(decoded(planMarkdown(made))).toMatchInlineSnapshot(`
      "### Plan: 0 to create, 1 to update in place, 1 to replace, 0 to delete; access: 0 granted, 1 revoked.

      Project <code>acme</code> on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)

      #### Access

      | | Change | Risk |
      |---|---|---|
      | <code>- revoked</code> | <code>bot loses notes:list</code> | low |

      #### Resources

      <details><summary><code>-/+</code> <code>server.docs</code> replace: old serves until new is ready (config)</summary>

      <code>env.API_KEY, env.LOG_LEVEL can only be changed by a new container</code>

      | Field | Before | After | Cause |
      |---|---|---|---|
      | <code>env.API_KEY</code> | <code>(sensitive)</code> | <code>(sensitive, changed)</code> | config |
      | <code>env.LOG_LEVEL</code> | <code>info</code> | <code>debug</code> | config |
      | <code>memory</code> | <code>64Mi</code> | <code>128Mi</code> | config |

      </details>

      <details><summary><code>~</code> <code>policy</code> update in place (config)</summary>

      <code>access changes, as listed above</code>

      </details>
      "
    `);
    expect(planMarkdown(made)).not.toContain('canary');
  });

  it('says that there is nothing to do', () => {
    expect(planMarkdown(plan(() => undefined))).toMatchInlineSnapshot(`
      "### No changes. The engine is as declared.

      Project <code>acme</code> on engine dev-host (Docker 20.10.24, unix:///var/run/docker.sock)
      "
    `);
  });

  it('lets no value become markup, a mention or a reference', () => {
    const EVIL =
      '</code></summary> | `x` | <img src=x onerror=alert(1)> @octocat #12 [a](http://evil) **b** _c_ \u202e\n| row |';
    const made = plan((d) => void Object.assign(d.servers!.docs!, { args: [EVIL], env: { [`A|\`<b>@x`]: EVIL } }));
    const text = planMarkdown({ ...made, project: { ...made.project, name: EVIL } });
    for (const line of text.split('\n')) {
      const literal = [...line.matchAll(/<code>(.*?)<\/code>/g)].map(([, inner]) => inner).join('');
      expect(literal).not.toMatch(/[<>|`@*_[\]\\!~]|#(?!\d+;)|&(?!#\d+;)/);
      const ours = line.replace(/<code>.*?<\/code>/g, '').replace(/&#\d+;/g, '');
      expect(ours.replace(/<\/?(details|summary)>/g, '')).not.toMatch(/[<>`@]/);
    }
    // A cell more would shift every value behind it.
    const rows = text.split('\n').filter((line) => line.startsWith('| <code>'));
    expect(new Set(rows.map((line) => line.split('|').length))).toEqual(new Set([6]));
    expect(decoded(text)).toContain('@octocat');
  });
});

describe('a plan longer than a comment', () => {
  const servers = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [
      `server-${String(index).padStart(3, '0')}`,
      { env: { A: 'x'.repeat(100) } },
    ]),
  );
  const made = planOf(
    { servers, agents: { bot: Object.keys(servers).map((server) => ({ server, tools: ['list'] })) } },
    nothingThere(),
  ).plan;

  it('is cut between two entries, and says what is missing', () => {
    const text = planMarkdown(made);
    expect(text.length).toBeLessThanOrEqual(LONGEST_COMMENT);
    const shown = text.match(/<details>/g)?.length ?? 0;
    expect(text.match(/<\/details>/g)?.length).toBe(shown);
    const resources = made.changes.filter(({ action }) => action !== 'no-op').length;
    expect(shown).toBeGreaterThan(10);
    expect(text).toMatch(
      new RegExp(`\\*\\*This comment is cut: ${resources - shown} resources more do not fit\\.\\*\\*`),
    );
  });

  it('keeps access first, however much there is of it', () => {
    const access = Array.from({ length: 3000 }, (_, index) => ({
      ...made.accessChanges[0]!,
      text: `bot gains tool ${index}`,
    }));
    const text = planMarkdown({ ...made, accessChanges: access });
    expect(text.length).toBeLessThanOrEqual(LONGEST_COMMENT);
    expect(text).not.toContain('<details>');
    expect(text).toContain('| **high**: any arguments |');
    expect(text).toMatch(/cut: \d+ access changes and \d+ resources more do not fit/);
  });

  it('is the same text each time', () => {
    expect(planMarkdown(structuredClone(made))).toBe(planMarkdown(made));
  });
});
