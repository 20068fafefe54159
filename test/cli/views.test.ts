/** Views for people, whole, as text. */
import { describe, expect, it } from 'vitest';
import { palette } from '../../src/cli/palette.js';
import { inWords, parseDuration } from '../../src/cli/duration.js';
import { table } from '../../src/cli/table.js';
import { appliedJson, appliedText } from '../../src/cli/views/applied.js';
import { explainText } from '../../src/cli/views/explain.js';
import { lockedText } from '../../src/cli/views/locked.js';
import { logText } from '../../src/cli/views/log.js';
import { statusText } from '../../src/cli/views/status.js';
import { tokensText } from '../../src/cli/views/tokens.js';
import { problem } from '../../src/diagnostics/failure.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import type { ApplyResult } from '../../src/workflow/apply.js';

const plain = palette(false);

describe('table', () => {
  it('measures without colours, and leaves no blanks at the end', () => {
    const { good } = palette(true);
    expect(
      table(
        ['A', 'B'],
        [
          [good('running'), ''],
          ['x', 'y'],
        ],
      ),
    ).toEqual(['A        B', '\u001b[32mrunning\u001b[39m', 'x        y']);
  });
});

describe('lock', () => {
  const change = {
    address: 'server.files' as const,
    action: 'changed' as const,
    tools: 3,
    added: ['copy'],
    altered: ['read'],
    removed: ['mv\u202e'],
  };
  const result = { changed: true, servers: [change], files: ['toolbox.lock.yaml'], diagnostics: [] };
  it('shows what a reviewer looks at', () => {
    expect(lockedText(result, false, plain).split('\n')).toEqual([
      '~ server.files (3 tools)',
      '    + copy',
      '    ~ read',
      '    - mv\\u{202e}',
      '',
      'Wrote toolbox.lock.yaml.',
    ]);
  });
  it('with --check says that nothing was written', () => {
    expect(lockedText({ ...result, files: [] }, true, plain)).toContain('The lock would change; nothing was written.');
  });
  it('with nothing to say says that', () => {
    const same = { changed: false, servers: [{ ...change, action: 'unchanged' as const }], files: [], diagnostics: [] };
    expect(lockedText(same, false, plain)).toBe('The lock is up to date: nothing changed.');
  });
});

describe('duration', () => {
  it.each([
    ['30', 30],
    ['30s', 30],
    ['5m', 300],
    ['2h', 7200],
    ['90d', 7_776_000],
    ['1w', 604_800],
    ['', null],
    ['-1s', null],
    ['1.5h', null],
    ['5 m', null],
    ['soon', null],
  ])('%j', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    [0.25, '0.3 s'],
    [30, '30 s'],
    [200, '3 min 20 s'],
    [300, '5 min'],
    [10_800, '3 h'],
    [7_776_000, '90 days'],
  ])('%d in words', (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});

describe('status', () => {
  it('is two tables under a headline', () => {
    const text = statusText(
      {
        project: 'acme',
        engine: { id: 'ABCD:EFGH:IJKL', version: '20.10.24' },
        health: { state: 'degraded', problems: [{ address: 'server.clock', reason: 'no container' }] },
        proxy: { state: 'running', endpoint: 'http://127.0.0.1:7411/mcp', policy: 'ab'.repeat(32) },
        servers: [
          {
            address: 'server.files',
            state: 'running',
            reason: null,
            image: `toolcrib/acme/files:1234`,
            restarts: 0,
            tools: 14,
            drift: true,
            stderr: [],
            instances: [],
          },
          {
            address: 'server.clock',
            state: 'missing',
            reason: 'no\ncontainer',
            image: null,
            restarts: 0,
            tools: 2,
            drift: false,
            stderr: ['no\u001bway'],
            instances: [],
          },
        ],
        agents: [{ address: 'agent.reader', tools: 3, tokens: 1 }],
      },
      plain,
    );
    expect(text.split('\n')).toEqual([
      'acme on engine ABCD:EFGH (Docker 20.10.24)',
      'proxy running at http://127.0.0.1:7411/mcp, policy abababababab',
      'health degraded: server.clock',
      '',
      'SERVER  STATE    TOOLS  RESTARTS  DRIFT  IMAGE                     REASON',
      'files   running  14     0         yes    toolcrib/acme/files:1234',
      'clock   missing  2      0         -      -                         no\\u{a}container',
      '',
      'clock, its last words on stderr:',
      '  no\\u{1b}way',
      '',
      'AGENT   TOOLS  TOKENS',
      'reader  3      1',
    ]);
  });
});

describe('explain', () => {
  it('names the rule with file and line', () => {
    const rule = { file: 'toolbox.yaml', line: 14, path: 'agents.reader.grants[0]' };
    expect(explainText({ decision: 'allow', rule, reason: 'granted', steps: ['one', 'two'] }, plain)).toBe(
      'allow  granted\nrule   agents.reader.grants[0] (toolbox.yaml:14)\n\n 1. one\n 2. two',
    );
  });

  it('has no place for the default', () => {
    const rule = { file: null, line: null, path: 'default' };
    expect(explainText({ decision: 'deny', rule, reason: 'not_granted', steps: [] }, plain)).toContain(
      'rule   default\n',
    );
  });
});

describe('tokens', () => {
  const token = {
    id: 'abcdefghij',
    agent: 'reader',
    environment: null,
    label: 'CI\u001b',
    created: '2026-01-01T00:00:00Z',
    expires: null,
    revoked: null,
  };
  it('are listed with their state, never a hash', () => {
    expect(tokensText([{ ...token, state: 'valid' }], plain).split('\n')).toEqual([
      'ID          AGENT   STATE  CREATED               EXPIRES  LABEL',
      'abcdefghij  reader  valid  2026-01-01T00:00:00Z  never    CI\\u{1b}',
    ]);
  });
  it('none: says how to make one', () => {
    expect(tokensText([], plain)).toContain('toolcrib token issue');
  });
});

describe('a line of a log', () => {
  const at = { time: '2026-01-01T00:00:00.000Z', server: 'files', generation: 2 };
  it.each([
    [{ ...at, stderr: 'hello\u001b[0m' }, '2026-01-01T00:00:00.000Z files@2 hello\\u{1b}[0m'],
    [{ ...at, stderr: 'long', truncated: true as const }, '2026-01-01T00:00:00.000Z files@2 long…'],
    [{ ...at, event: 'exited', detail: 'code 1' }, '2026-01-01T00:00:00.000Z files@2 * exited: code 1'],
    [{ ...at, event: 'started' }, '2026-01-01T00:00:00.000Z files@2 * started'],
  ])('%#', (line, text) => {
    expect(logText(line, plain)).toBe(text);
  });
});

describe('what became of an apply', () => {
  const gate: Step = { do: 'gate', address: 'server.files', server: 'files', generation: 2 };
  const final: Step = { do: 'policy', stage: 'final' };
  const candidates: Step = { do: 'policy', stage: 'candidates' };
  const plan = { steps: [candidates, gate, final], warnings: [] as Plan['warnings'] } as Plan;
  const timeout = problem('server_timeout', 'No answer in 30 s.', 'Look at its log.');
  const none = { done: [], failed: [], skipped: [], interrupted: false };
  const results: [string, ApplyResult, string[]][] = [
    ['done', { plan, approved: true, outcome: { ...none, done: [candidates, gate, final] } }, ['Applied: 3 steps.']],
    ['nothing to do', { plan: { ...plan, steps: [] }, approved: true, outcome: null }, ['The engine is as declared.']],
    ['declined', { plan, approved: false, outcome: null }, ['Nothing was changed.']],
    [
      'partial',
      {
        plan,
        approved: true,
        outcome: {
          ...none,
          done: [candidates],
          failed: [{ address: 'server.files', diagnostics: [timeout] }],
          skipped: [final],
        },
      },
      [
        'Finished in part: 1 step done.',
        '  done     policy: presenting new servers to the proxy',
        '  failed   server.files: Server did not answer in time',
        '  skipped  policy: putting the declared access in force',
      ],
    ],
    [
      'interrupted',
      { plan, approved: true, outcome: { ...none, done: [candidates, gate], skipped: [final], interrupted: true } },
      [
        'Interrupted: 2 steps done.',
        '  done     policy: presenting new servers to the proxy',
        '  done     server.files: gating generation 2',
        '  skipped  policy: putting the declared access in force',
      ],
    ],
  ];

  it.each(results)('%s', (_name, result, lines) => {
    expect(appliedText(result, false, plain).split('\n')).toEqual(lines);
  });

  it('as JSON lists done, failed with diagnostics, and skipped', () => {
    const partial = results[3]?.[1] as ApplyResult;
    expect(appliedJson(partial)).toEqual({
      result: 'partial',
      interrupted: false,
      done: [{ address: 'policy', step: 'policy', text: 'policy: presenting new servers to the proxy' }],
      failed: [{ address: 'server.files', diagnostics: [timeout] }],
      skipped: [{ address: 'policy', step: 'policy', text: 'policy: putting the declared access in force' }],
      diagnostics: [],
    });
    expect(results.map(([, result]) => appliedJson(result).result)).toEqual([
      'changed',
      'unchanged',
      'declined',
      'partial',
      'partial',
    ]);
  });
});
