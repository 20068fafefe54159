/** The first stage takes away at once what goes, and gives nothing that comes: tools, prompts, resources, issuers. */
import { expect, it } from 'vitest';
import { restrict, settle, withCandidates } from '../../src/compile/stages.js';
import { accessOf } from '../../src/policy/access.js';
import type { Policy, PolicyGrant, PolicyJwt } from '../../src/policy/artifact.js';
import { grant, policy, tool } from '../policy/world.js';

const servers = { files: { tools: [tool('read'), tool('write')] } };
const of = (...grants: PolicyGrant[]): Policy => policy(servers, { bot: grants });
const between = (live: Policy, desired: Policy): PolicyGrant[] =>
  restrict(live, desired, new Set()).agents['bot']?.grants ?? [];
const given = (grants: PolicyGrant[]) =>
  grants.map(({ effect, tools, prompts, resources, serverRequests }) => [
    effect,
    ...tools,
    ...prompts,
    ...resources,
    ...serverRequests,
  ]);

it('prompts, resources and requests of a server go and come as tools do', () => {
  const live = grant('files', ['read'], {
    prompts: ['old', 'kept'],
    resources: ['file:///old/*', 'file:///kept/*'],
    serverRequests: ['roots', 'sampling'],
  });
  const desired = grant('files', ['read', 'write'], {
    prompts: ['kept', 'new'],
    resources: ['file:///kept/*', 'file:///new/*'],
    serverRequests: ['sampling', 'elicitation'],
  });
  expect(given(between(of(live), of(desired)))).toEqual([['allow', 'read', 'kept', 'file:///kept/*', 'sampling']]);
});

it('a grant of prompts alone lasts', () => {
  const prompts = grant('files', [], { prompts: ['kept'] });
  expect(given(between(of(prompts), of(prompts)))).toEqual([['allow', 'kept']]);
});

it('a denial that comes is there at once, and one that goes is there still', () => {
  const read = grant('files', ['read']);
  const rule = { arguments: { read: { properties: { path: { within: '/secret' } } } } };
  const denied = grant('files', ['read'], { effect: 'deny', ...rule });
  expect(given(between(of(read), of(denied, read)))).toEqual([
    ['deny', 'read'],
    ['allow', 'read'],
  ]);
  const barred = of(grant('files', ['read'], { effect: 'deny' }), read);
  expect(accessOf(restrict(of(read), barred, new Set()))).toEqual([]);
});

it('an issuer stands for an agent where it did before and does after', () => {
  const jwt = (issuer: string): PolicyJwt => ({
    issuer,
    audience: null,
    jwksUri: null,
    claims: { sub: 'x' },
    algorithms: ['ES256'],
  });
  const withJwt = (...entries: PolicyJwt[]): Policy => {
    const made = of(grant('files', ['read']));
    return { ...made, agents: { bot: { grants: made.agents['bot']?.grants ?? [], jwt: entries } } };
  };
  const live = withJwt(jwt('https://old.test'), jwt('https://kept.test'));
  const desired = withJwt(jwt('https://kept.test'), jwt('https://new.test'));
  expect(restrict(live, desired, new Set()).agents['bot']?.jwt).toEqual([jwt('https://kept.test')]);
});

it('a denial of resources holds on the way, whatever it is of', () => {
  const allow = grant('files', [], { resources: ['file:///data/**'] });
  const deny = grant('files', [], { effect: 'deny', resources: ['file:///data/secret/**'] });
  const denied = ['deny', 'file:///data/secret/**'];
  const both = ['allow', 'file:///data/**'];
  expect(given(between(of(allow, deny), of(allow, deny, grant('files', ['read']))))).toEqual([both, denied]);
  // New, it holds from the first stage on.
  expect(given(between(of(allow), of(allow, deny)))).toEqual([both, denied]);
});

it('arguments that are not to be recorded any more are not from the first stage on', () => {
  const full = grant('files', ['read', 'write'], { auditArguments: 'full' });
  const recorded = (desired: PolicyGrant[]) => between(of(full), of(...desired)).map((each) => each.auditArguments);
  expect(recorded([{ ...full, auditArguments: 'hmac' }])).toEqual(['hmac']);
  expect(recorded([grant('files', ['write']), { ...full, tools: ['read'] }])).toEqual(['hmac']);
  expect(recorded([full])).toEqual(['full']);
});

it('a server that was put aside for a successor which failed serves again', () => {
  const read = of(grant('files', ['read']));
  const [name = '', server] = Object.entries(read.servers)[0] ?? [];
  if (!server) throw new Error('the world has no server');
  const live: Policy = { ...read, servers: { [name]: { ...server, held: true } } };
  const settled = settle(live, read, live, new Set([name]));
  expect(settled.servers[name]).toEqual(server);
  expect(settled.servers[name]).not.toHaveProperty('held');
});

it('what comes is looked for under the name that its project has now', () => {
  const live = of();
  const renamed = { ...of(), project: { ...live.project, name: 'renamed' } };
  expect(withCandidates(live, renamed).project.name).toBe('renamed');
});
