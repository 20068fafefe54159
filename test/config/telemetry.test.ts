/** Where spans go: what can be declared of the collector, and what is refused at its line. */
import { expect, it } from 'vitest';
import { authority } from '../support/certificates.js';
import { folder, HEAD, load } from './support.js';

async function read(telemetry: string, files: Record<string, string> = {}): ReturnType<typeof load> {
  const text = HEAD.replace(/(project: \{.*)\}/, `$1, telemetry: ${telemetry}}`);
  return load(await folder({ 'toolbox.yaml': text, ...files }));
}

it('an endpoint alone means every trace, and an authority is its certificates alone', async () => {
  const { cert } = authority();
  const plain = await read('{endpoint: "http://10.0.0.5:4318"}');
  expect(plain.diagnostics).toEqual([]);
  expect(plain.config?.project.telemetry).toEqual({ endpoint: 'http://10.0.0.5:4318', sample: 1 });
  const signed = await read('{endpoint: "https://otel.acme.com", sample: 0.1, ca: ./ca.pem}', {
    'ca.pem': `of us\n${cert}`,
  });
  expect(signed.diagnostics).toEqual([]);
  expect(signed.config?.project.telemetry).toEqual({ endpoint: 'https://otel.acme.com', sample: 0.1, ca: cert });
});

it.each([
  ['{endpoint: "https://otel.acme.com", ca: ./nowhere.pem}', 'certificate_unusable', 'does not exist'],
  ['{endpoint: "https://otel.acme.com", ca: ./toolbox.yaml}', 'certificate_unusable', 'holds no certificate in PEM'],
  ['{endpoint: "http://otel.acme.com", ca: ./ca.pem}', 'wrong_type', 'shows no certificate'],
  ['{endpoint: "https://me:secret@otel.acme.com"}', 'wrong_type', 'holds a name or password'],
  ['{endpoint: "https://otel.acme.com/?x=1"}', 'wrong_type', 'has a query or a fragment'],
  ['{endpoint: "http://localhost:4318"}', 'telemetry_endpoint', 'own container'],
])('%s is told', async (telemetry, code, words) => {
  const { diagnostics } = await read(telemetry, { 'ca.pem': authority().cert });
  expect(diagnostics).toMatchObject([{ code, range: { file: 'toolbox.yaml' } }]);
  expect(diagnostics[0]?.detail).toContain(words);
  expect(JSON.stringify(diagnostics)).not.toContain('secret');
});
