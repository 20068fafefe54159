/** Keeps an address until the roles listen on it: whoever cannot have it must not touch what its holder runs. */
import net from 'node:net';
import { fail } from '../diagnostics/failure.js';

/** @returns what gives it up. @throws Failure `port_in_use`. */
export async function holdPort({ host, port }: { host: string; port: number }): Promise<() => Promise<void>> {
  const server = net.createServer((socket) => socket.destroy());
  const error = await new Promise<NodeJS.ErrnoException | null>((done) => {
    server.once('error', done);
    server.listen({ host, port, exclusive: true }, () => done(null));
  });
  if (error === null) return () => new Promise((done) => server.close(() => done()));
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (error.code !== 'EADDRINUSE')
    fail(
      'invalid_option',
      `Nothing can listen at ${address} on this machine (${error.code ?? error.message}).`,
      'Choose another address in `project.proxy`.',
    );
  return fail(
    'port_in_use',
    `Something listens at ${address} already: another \`toolcrib proxy\`, what is applied, or another program.`,
    `Stop it (\`ss -ltnp\` finds it), or choose another address in \`project.proxy\`.`,
  );
}
