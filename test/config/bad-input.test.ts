/** Each bad input that is a matter of files gives one diagnostic, at its place, and no config (issue 3, Bad input). */
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, HEAD, ID, load, only, place, problems } from './support.js';

const server = (rest: string): string => `${HEAD}servers:\n  files: {image: files, ${rest}}\n`;
const agent = (rest: string): string => `${HEAD}servers: {files: {image: files}}\nagents:\n  reader:\n${rest}`;
const granted = (rest: string): string =>
  agent(`    authenticate: [{token: {}}]\n    grants:\n      - {server: files, ${rest}}\n`);

const denied = (rest: string): string => granted(rest).replace('grants:', 'deny:');

describe('a file that cannot be read', () => {
  it('none at all', async () => {
    const { config, diagnostics } = await load(await folder());
    expect([config, diagnostics.map(place)]).toEqual([null, ['error file_missing']]);
    expect(diagnostics[0]?.fix).toContain('toolcrib init');
  });
  it('-f names nothing', async () => {
    const { diagnostics } = await load(await folder({ 'toolbox.yaml': HEAD }), { files: ['nope.yaml'] });
    expect(diagnostics.map(place)).toEqual(['error file_missing']);
  });
  it('a 100 MB file, by its size alone', async () => {
    const dir = await folder({ 'toolbox.yaml': '' });
    await truncate(join(dir, 'toolbox.yaml'), 100 * 1024 * 1024);
    const { diagnostics } = await load(dir);
    expect(diagnostics.map(place)).toEqual(['error file_too_large toolbox.yaml:1:1']);
    expect(diagnostics[0]?.detail).toContain('100.0 MiB');
  });
  it('a folder called toolbox.yaml', async () => {
    const { diagnostics } = await load(await folder({ 'toolbox.yaml/x': '' }));
    expect(diagnostics.map(place)).toEqual(['error file_unreadable toolbox.yaml:1:1']);
  });
});

describe('a folder that is not there', () => {
  it('is told as that, whether a file is named or not', async () => {
    const dir = join(await folder({ 'toolbox.yaml': HEAD }), 'gone');
    for (const files of [[], ['toolbox.yaml']])
      expect((await load(dir, { files })).diagnostics).toMatchObject([
        { code: 'file_missing', detail: `There is no folder ${dir}.`, fix: 'Correct the path after `-C`.' },
      ]);
  });
});

describe('text that is no YAML', () => {
  const cases: [string, string | Buffer, string, RegExp][] = [
    ['tab', `${HEAD}servers:\n\tfiles: {image: x}\n`, 'yaml_syntax toolbox.yaml:6:1', /tab/],
    ['BOM', `\ufeff${HEAD}`, 'yaml_syntax toolbox.yaml:1:1', /byte-order mark/],
    ['UTF-16', Buffer.from(`\ufeff${HEAD}`, 'utf16le'), 'yaml_syntax toolbox.yaml:1:1', /UTF-16/],
    [
      'Latin-1',
      Buffer.concat([Buffer.from('a: 1\nb: h'), Buffer.from([0xe9])]),
      'yaml_syntax toolbox.yaml:2:5',
      /UTF-8/,
    ],
    ['control character', 'version: 1\ntoolbox: a\u0007\n', 'yaml_syntax toolbox.yaml:2:11', /u\{7\}/],
    ['missing quote', `${HEAD}servers:\n  files: {image: "x}\n`, 'yaml_syntax toolbox.yaml:6:18', /quote/],
    ['second document', `${HEAD}---\na: 1\n`, 'yaml_syntax toolbox.yaml:5:1', /second YAML document/],
    ['tag', `${HEAD}volumes: !set {}\n`, 'yaml_syntax toolbox.yaml:5:10', /tags/],
    ['unknown alias', `${HEAD}volumes: *none\n`, 'yaml_syntax toolbox.yaml:5:10', /anchor/],
    ['nested too deeply', `${HEAD}volumes: ${'['.repeat(300)}`, 'yaml_syntax toolbox.yaml:5:210', /deep/],
    ['nothing', '', 'missing_key toolbox.yaml:1:1', /empty/],
    ['only comments', '# later\n', 'missing_key toolbox.yaml:1:1', /empty/],
    ['a list', '- a\n', 'wrong_type toolbox.yaml:1:1', /must be a mapping/],
    ['a word', 'hello\n', 'wrong_type toolbox.yaml:1:1', /must be a mapping/],
  ];
  it.each(cases)('%s', async (_name, text, where, detail) => {
    const found = await only(text);
    expect(found.place).toBe(`error ${where}`);
    expect(found.detail).toMatch(detail);
  });

  it('a duplicate key names the first', async () => {
    const found = await only(`${HEAD}servers:\n  files: {image: a}\n  files: {image: b}\n`);
    expect(found.place).toBe('error yaml_duplicate_key toolbox.yaml:7:3');
    expect(found.detail).toContain('line 6');
  });
  it('anchors that expand without end', async () => {
    const levels = 'bcdefghij'
      .split('')
      .map((name, at) => `${name}: &${name} [${`*${'abcdefghi'[at] ?? ''},`.repeat(10)}]`);
    const found = await only(`a: &a [x,x,x,x,x,x,x,x,x,x]\n${levels.join('\n')}\n`);
    expect(found.code).toBe('yaml_aliases');
    expect(found.range?.file).toBe('toolbox.yaml');
  });
  it('an anchor inside itself', async () => {
    expect((await only(`${HEAD}volumes: &v {a: *v}\n`)).place).toBe('error yaml_aliases toolbox.yaml:5:17');
  });
  it('an unquoted variable between braces', async () => {
    const found = await only(server('user: ${x}'));
    expect(found.place).toBe('error yaml_syntax toolbox.yaml:6:32');
    expect(found.fix).toContain('in quotes');
  });
  it('each tab is shown', async () => {
    expect(await problems('a:\n\tb: 1\nc:\n\td: 1\n')).toEqual([
      'error yaml_syntax toolbox.yaml:2:1',
      'error yaml_syntax toolbox.yaml:4:1',
    ]);
  });
});

describe('values of the wrong form', () => {
  const cases: [string, string, string, string][] = [
    [
      'unknown key',
      server('imge: x').replace('image: files, ', ''),
      'unknown_key toolbox.yaml:6:11',
      'Did you mean `image`?',
    ],
    [
      'unknown key of a later version',
      `${HEAD}credentials: {}\n`,
      'unknown_key toolbox.yaml:5:1',
      'Known here: version',
    ],
    ['merge key', server('<<: {}'), 'unknown_key toolbox.yaml:6:25', 'Known here'],
    ['wrong type', server('args: /data'), 'wrong_type toolbox.yaml:6:31', '`[/data]`'],
    ['number for text', server('args: [8080]'), 'wrong_type toolbox.yaml:6:32', '`"8080"`'],
    ['other version', HEAD.replace('1', '2'), 'wrong_type toolbox.yaml:1:10', 'version: 1'],
    ['no toolbox', HEAD.replace('toolbox: main\n', ''), 'missing_key toolbox.yaml:1:1', 'toolbox:'],
    ['no project', 'version: 1\ntoolbox: main\n', 'missing_key toolbox.yaml:1:1', 'project'],
    ['no project id', HEAD.replace(`, id: ${ID}`, ''), 'missing_key toolbox.yaml:3:1', 'UUID'],
    ['name with ../', `${HEAD}servers:\n  ../x: {image: a}\n`, 'invalid_name toolbox.yaml:6:3', '`x`'],
    [
      'name in capitals',
      `${HEAD}agents:\n  Reader: {authenticate: [{token: {}}]}\n`,
      'invalid_name toolbox.yaml:6:3',
      '`reader`',
    ],
    ['name of Object.prototype', `${HEAD}volumes: {constructor: {}}\n`, 'invalid_name toolbox.yaml:5:11', 'another'],
    ['project name with ../', HEAD.replace('acme', '../acme'), 'invalid_name toolbox.yaml:3:17', '`acme`'],
    ['look-alike name', `${HEAD}servers:\n  fіles: {image: a}\n`, 'invalid_name toolbox.yaml:6:3', '`f-les`'],
    ['reserved variable name', server('env: {TOOLCRIB_X: "1"}'), 'invalid_name toolbox.yaml:6:31', 'another name'],
    [
      'no source',
      `${HEAD}servers:\n  files: {}\n`,
      'missing_key toolbox.yaml:6:3',
      '`npm` or `pypi` or `build` or `image`',
    ],
    ['two sources', server('npm: x'), 'wrong_type toolbox.yaml:6:11', 'Keep one'],
    ['key of another source', server('allow_scripts: [x]'), 'unknown_key toolbox.yaml:6:25', 'Remove'],
    ['git source', `${HEAD}servers: {a: {npm: "github:a/b"}}\n`, 'wrong_type toolbox.yaml:5:20', '@scope/name@version'],
    ['folder as package', `${HEAD}servers: {a: {npm: ../b}}\n`, 'wrong_type toolbox.yaml:5:20', 'build:'],
    ['moving tag', `${HEAD}servers: {a: {npm: b@latest}}\n`, 'wrong_type toolbox.yaml:5:20', 'the lock pins'],
    ['build folder missing', `${HEAD}servers: {a: {build: ./b}}\n`, 'build_folder toolbox.yaml:5:22', 'path'],
    ['too little memory', server('resources: {memory: 5Mi}'), 'wrong_type toolbox.yaml:6:45', '256Mi'],
    ['unknown unit', server('resources: {memory: 5MB5}'), 'wrong_type toolbox.yaml:6:45', '256Mi'],
    ['slip in a choice', server('replace: overlp'), 'wrong_type toolbox.yaml:6:34', '`overlap`'],
    [
      'healthcheck of no kind',
      server('healthcheck: {test: [true]}').replace('true', '"true"'),
      'wrong_type toolbox.yaml:6:45',
      'one of the three',
    ],
    ['healthcheck at once', server('healthcheck: {test: x, interval: 0s}'), 'wrong_type toolbox.yaml:6:58', '30s'],
    [
      'healthcheck in bare seconds',
      server('healthcheck: {test: x, interval: 5}'),
      'wrong_type toolbox.yaml:6:58',
      'example `30s`',
    ],
    [
      'listen without port',
      HEAD.replace('}', ', proxy: {listen: 127.0.0.1}}'),
      'wrong_type toolbox.yaml:3:81',
      '127.0.0.1:7411',
    ],
    [
      'listen on a name',
      HEAD.replace('}', ', proxy: {listen: "localhost:1"}}'),
      'wrong_type toolbox.yaml:3:81',
      '127.0.0.1:1',
    ],
    [
      'listen on port 0',
      HEAD.replace('}', ', proxy: {listen: "[::1]:0"}}'),
      'wrong_type toolbox.yaml:3:81',
      '127.0.0.1:7411',
    ],
    [
      'network pool askew',
      HEAD.replace('}', ', network_pool: 10.1.2.3/16}'),
      'wrong_type toolbox.yaml:3:79',
      '10.89.0.0/16',
    ],
    [
      'network pool of public addresses',
      HEAD.replace('}', ', network_pool: 8.8.8.0/24}'),
      'wrong_type toolbox.yaml:3:79',
      '10.89.0.0/16',
    ],
    ['other toolcrib', HEAD.replace('}', ', required_version: "^2"}'), 'required_version toolbox.yaml:3:83', 'Install'],
    [
      'required_version of no form',
      HEAD.replace('}', ', required_version: new}'),
      'wrong_type toolbox.yaml:3:83',
      '^1.0',
    ],
  ];
  it.each(cases)('%s', async (_name, text, where, fix) => {
    const found = await only(text);
    expect(found.place).toBe(`error ${where}`);
    expect(found.fix).toContain(fix);
  });
});

describe('agents and grants', () => {
  const cases: [string, string, string, string][] = [
    ['no authenticate', agent('    grants: []\n'), 'missing_key toolbox.yaml:7:3', 'authenticate: [{token: {}}]'],
    [
      'an issuer without claims',
      agent('    authenticate: [{jwt: {issuer: "https://idp.test"}}]\n'),
      'missing_key toolbox.yaml:8:21',
      'claims',
    ],
    [
      'an issuer over http',
      agent('    authenticate: [{jwt: {issuer: "http://idp.test", claims: {sub: x}}}]\n'),
      'issuer_url toolbox.yaml:8:35',
      'https://',
    ],
    [
      'an issuer of the own network that is not named',
      agent('    authenticate: [{jwt: {issuer: "https://10.1.2.3", claims: {sub: x}}}]\n'),
      'issuer_url toolbox.yaml:8:35',
      'private_addresses: [10.1.2.3/32]',
    ],
    [
      'an issuer among metadata services',
      agent(
        '    authenticate: [{jwt: {issuer: "https://idp.test", private_addresses: [169.254.0.0/16], claims: {sub: x}}}]\n',
      ),
      'remote_addresses toolbox.yaml:8:75',
      '10.0.0.0/8',
    ],
    [
      'an issuer without TLS that nobody opened',
      agent('    authenticate: [{jwt: {issuer: "http://idp.test", insecure: true, claims: {sub: x}}}]\n'),
      'unknown_key toolbox.yaml:8:54',
      'Remove `insecure`',
    ],
    [
      'a shared secret for signatures',
      agent('    authenticate: [{jwt: {issuer: "https://idp.test", claims: {sub: x}, algorithms: [HS256]}}]\n'),
      'wrong_type toolbox.yaml:8:86',
      '',
    ],
    [
      'empty authenticate',
      agent('    authenticate: []\n'),
      'missing_key toolbox.yaml:8:19',
      'authenticate: [{token: {}}]',
    ],
    [
      'server that is not there',
      granted('tools: [a]').replace('server: files, t', 'server: fils, t'),
      'undefined_reference toolbox.yaml:10:18',
      'Did you mean `files`?',
    ],
    [
      'toolbox that is not there',
      granted('tools: [a]').replace('server: files, t', 'toolbox: other, t'),
      'undefined_reference toolbox.yaml:10:19',
      'main',
    ],
    ['no tools', granted('expires: 2030-01-01'), 'missing_key toolbox.yaml:10:9', 'tools: ["*"]'],
    ['empty tools', granted('tools: []'), 'wrong_type toolbox.yaml:10:32', 'entry'],
    [
      'unknown keyword',
      granted('tools: [a], arguments: {a: {patern: x}}'),
      'invalid_arguments_rule toolbox.yaml:10:61',
      'Correct',
    ],
    [
      'pattern that is not RE2',
      granted('tools: [a], arguments: {a: {pattern: "(?=x)"}}'),
      'invalid_arguments_rule toolbox.yaml:10:62',
      'Correct',
    ],
    [
      'rule for another tool',
      granted('tools: ["read_*"], arguments: {write_file: {}}'),
      'invalid_arguments_rule toolbox.yaml:10:56',
      'granted tool',
    ],
    [
      'a denial that is misspelt',
      agent(`    authenticate: [{token: {}}]\n    denny: [{server: files, tools: [a]}]\n`),
      'unknown_key toolbox.yaml:9:5',
      'Did you mean `deny`?',
    ],
    ['a misspelt key in a denial', denied('tolls: [a]'), 'unknown_key toolbox.yaml:10:25', 'Did you mean `tools`?'],
    ['a denial of nothing', denied('arguments: {}'), 'missing_key toolbox.yaml:10:9', 'tools'],
    [
      'a denial on a server that is not there',
      denied('tools: [a]').replace('server: files, t', 'server: fils, t'),
      'undefined_reference toolbox.yaml:10:18',
      'Did you mean `files`?',
    ],
    [
      'a denial with what only grants have',
      denied('tools: [a], expires: 2030-01-01'),
      'unknown_key toolbox.yaml:10:37',
      '',
    ],
    [
      'a rule in a denial that no pattern fits',
      denied('tools: [a], arguments: {a: {patern: x}}'),
      'invalid_arguments_rule toolbox.yaml:10:61',
      'Correct',
    ],
    ['no limit at all', granted('tools: [a], limits: {}'), 'wrong_type toolbox.yaml:10:45', ''],
    ['a rate that is none', granted('tools: [a], limits: {rate: 60}'), 'wrong_type toolbox.yaml:10:52', '60/min'],
    [
      'a rate of another unit',
      granted('tools: [a], limits: {rate: 60/day}'),
      'wrong_type toolbox.yaml:10:52',
      '60/min',
    ],
    [
      'a misspelt limit',
      granted('tools: [a], limits: {ratte: 60/min}'),
      'unknown_key toolbox.yaml:10:46',
      'Did you mean `rate`?',
    ],
    ['no time at all', granted('tools: [a], limits: {timeout: 0s}'), 'wrong_type toolbox.yaml:10:55', '30s'],
    [
      'another thing to audit',
      granted('tools: [a], audit: {arguments: all}'),
      'wrong_type toolbox.yaml:10:56',
      'arguments',
    ],
    ['date of no calendar', granted('tools: [a], expires: 2027-02-30'), 'wrong_type toolbox.yaml:10:46', '2027-06-30'],
  ];
  it.each(cases)('%s', async (_name, text, where, fix) => {
    const found = await only(text);
    expect(found.place).toBe(`error ${where}`);
    expect(found.fix).toContain(fix);
  });
  it('what is empty and may not be is said to be empty', async () => {
    expect((await only(granted('tools: [a], limits: {}'))).detail).toMatch(/a mapping, but must be .*not empty/);
  });
  it('an expired grant is a warning', async () => {
    expect((await only(granted('tools: [a], expires: 2026-11-21'))).place).toBe(
      'warning grant_expired toolbox.yaml:10:46',
    );
    expect(await problems(granted('tools: [a], expires: 2026-11-22'))).toEqual([]);
  });
});

describe('several files', () => {
  const second = 'version: 1\ntoolbox: second\n';
  const both = async (first: string, other: string): Promise<string[]> => {
    const { diagnostics } = await load(await folder({ 'toolbox.yaml': first, 'b.toolbox.yaml': other }));
    return diagnostics.map((each) => `${place(each)} | ${each.detail}`);
  };
  it('two servers of one name', async () => {
    expect(await both(`${HEAD}servers: {files: {image: a}}\n`, `${second}servers: {files: {image: b}}\n`)).toEqual([
      'error duplicate_name b.toolbox.yaml:3:11 | The server `files` is declared at toolbox.yaml:5:11 already; names are unique in a project.',
    ]);
  });
  it('two agents, volumes, toolboxes of one name, two projects', async () => {
    const rest = 'volumes: {v: {}}\nagents: {a: {authenticate: [{token: {}}]}}\n';
    const found = await both(HEAD + rest, HEAD + rest);
    expect(found.map((each) => each.split(' | ')[0])).toEqual([
      'error duplicate_name b.toolbox.yaml:2:10',
      'error duplicate_name b.toolbox.yaml:3:1',
      'error duplicate_name b.toolbox.yaml:5:11',
      'error duplicate_name b.toolbox.yaml:6:10',
    ]);
    expect(found[1]).toContain('toolbox.yaml:3:1');
  });
  it('two servers whose tools would bear one name', async () => {
    const [found] = await both(
      `${HEAD}servers: {files: {image: a}}\n`,
      `${second}servers: {docs: {image: b, alias: files}}\n`,
    );
    expect(found).toMatch(/^error duplicate_name b\.toolbox\.yaml:3:35 .*`files__…`/);
  });
  it('what an unreadable file may declare is not called undeclared', async () => {
    const found = await both(
      `${HEAD}agents: {a: {authenticate: [{token: {}}], grants: [{server: x, tools: [y]}]}}\n`,
      'servers: [\n',
    );
    expect(found.map((each) => each.split(' | ')[0])).toEqual(['error yaml_syntax b.toolbox.yaml:2:1']);
  });
  it('everything at once, in order of place', async () => {
    const { config, diagnostics } = await load(
      await folder({
        'toolbox.yaml': `${HEAD}servers:\n  a: {npm: "x@latest", resources: {memory: 1Mi, cpus: none}}\nagents:\n  b: {}\n`,
        'b.toolbox.yaml': `${second}servers: {a: {image: b, mounts: [{source: ./none, target: /x}, {volume: v, target: /}]}}\n`,
      }),
    );
    expect(config).toBeNull();
    expect(diagnostics.map(place)).toEqual([
      'error wrong_type toolbox.yaml:6:12',
      'error wrong_type toolbox.yaml:6:44',
      'error wrong_type toolbox.yaml:6:55',
      'error missing_key toolbox.yaml:8:3',
      'error duplicate_name b.toolbox.yaml:3:11',
      'error mount_source_missing b.toolbox.yaml:3:43',
      'error undefined_reference b.toolbox.yaml:3:73',
      'error mount_not_allowed b.toolbox.yaml:3:84',
    ]);
  });
});
