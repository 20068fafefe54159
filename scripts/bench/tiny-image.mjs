/**
 * The image of `tiny-server.c`, as the line in its head compiles it: hundreds of these run where a few dozen Node
 * servers would fill the machine. x86-64 Linux alone; elsewhere the plan is measured with fewer servers.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { call } from './engine.mjs';

const COMPILED = `
H4sIAAAAAAACA61U32/bVBS+bpO221p5tOvQJAaWRQRR0xAH2JaqGwlt4VrykKYypAkhcBxv8Zb4GvumMKZoRTRSnRIhIf4Cnnij
Gg+bilizdqzbyzT6MHhBQmiUjkxlfYIHtHCu7ZS2TBMPXMm593znfN/5caN7fkx5pY3jUGu1oSOIWTu4tGenAzwd3ggB7BDEpVEH
CnuxnfDNBr7ZgNHaXwr5uPW0n0MI4o79QnMd6L+v3cGOZ8LyHoSkZRxdqnZ3Tt2gPdPTQn8aXeBws964N7VMO7EbjkDMIk794USw
+x12/xytcmNTdboPp+7TntEhVOqCaNy80ljBzaXGbam+mHl9TLpzfBz01/sQmkPQmeL+imuzQiSNcHRBcX/iw9hdxJX6+Z5Lw1CK
4q4o7s8Atu+/DJRvvEB3/wU4y+5v+MNFD0j9yH+kQ++TZbSTr4xzjPf9XKSdxa6tnmg2m8zeAbbsXlmVwT5auZHhP6tDItldgEOm
q85X9gIxM5kSFfdmSZBr73I4teY8MXlEpL24ea2xXu0YLtPu4RiFxq6Bz17D7n0leh0fvg6l8p/cht/5PZBFcSNdUOHqVw+aTTzT
/1cvDLMu17pBcN3py1S7ucwsN/1xG5spm+gdNrfHfTEldVPmX76KuVsw4oVerxW5Zu+aGwDh1Roozh9kjVXqpddYV18yeILBXwfw
QQa/EwL4bQYXQj4s+ELhuc+Za5S5vghc4fmLDAsBdon9hS57hc30j0B67C7xYaV2HK7+27ufsobcH6RlJcrKG2D+1C3KQ0swooXp
6lNwHY17+DC7Wr7S94BNPhKCsLudcBaLOs2TnDgkonPiaYeYtqWBkYwnxJhoAI4M06CGWjA+0EUUE23dKRWoOHROtGxCiUYKb+i2
YxCTkRLJFwcTBwalQ8DVVEvNGgXg6g4Lp4QU2KFcjomObk/otmyeJMxjqkUd2NQwzwJvYkNOiieginK5vBN55OcKhkO31hCIvrkh
omt5AiI53dFsw6K+UMZ03gNVgZyJs6ZMq0THtbxeVD2JsxYjkuxpXaPghrYs3W5Vbak0vynKobZhnhKhBaq/Tx/igPXWPwVraqGw
tWCNmFQ3qVdyQPWUWoIiOSP6ChbT28xlYEzUbZvYvlIO2IPPJw8kpBjcouOop5jcUe8+BZNQ4SQpmTmR8V4dGRkSnh3Vs4ZqClIy
Dtc7KL0wkNOzUrIkRQMIobiTh06omkVxVg+K2ySnUhXFs46D4hopFqF49D+sXQh5b2jHv95Pf51o2xrPbeM/FmDJwGYPib/79gr3
cH5r3wdfF3ztrYB+n/978G4Lu7cKCNvyPxloJbbhLf4z6NH5uc25N6294UfzW+tvuAvD5MAGAAA=
`;

export async function importTiny(repo, tag, folder) {
  const root = path.join(folder, 'tiny');
  for (const each of ['tmp', 'etc']) mkdirSync(path.join(root, each), { recursive: true });
  writeFileSync(path.join(root, 'server'), gunzipSync(Buffer.from(COMPILED, 'base64')));
  chmodSync(path.join(root, 'server'), 0o755);
  writeFileSync(path.join(root, 'etc/passwd'), 'nobody:x:65532:65532::/:/none\n');
  const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const query = ['ENTRYPOINT ["/server"]', 'USER 65532:65532'].map((each) => `changes=${encodeURIComponent(each)}`);
  await call(
    'POST',
    `/images/create?fromSrc=-&repo=${encodeURIComponent(repo)}&tag=${tag}&${query.join('&')}`,
    tar.stdout,
  );
  return `${repo}:${tag}`;
}
