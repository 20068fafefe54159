/** Keeps an address until the roles listen on it: whoever cannot have it must not touch what its holder runs. */
import net from 'node:net';
import { fail } from '../../diagnostics/failure.js';

interface Place {
  host: string;
  port: number;
}

interface Places extends Place {
  admin: Place | null;
}

/**
 * @param had what the roles listen on already, and is not to be asked for again.
 * @returns what gives all of them up; calling it again does nothing. @throws Failure `port_in_use`.
 */
export async function holdPlaces({ admin, ...listen }: Places, had: Places | null): Promise<() => Promise<void>> {
  // At whatever address: the roles let go of a port before they listen on it anew.
  const ours = new Set([had?.port, had?.admin?.port]);
  const wanted = [listen, ...(admin ? [admin] : [])].filter(({ port }) => !ours.has(port));
  const held: (() => Promise<void>)[] = [];
  const giveUp = async (): Promise<void> => {
    for (const each of held.splice(0)) await each();
  };
  try {
    for (const each of wanted) held.push(await holdPort(each));
  } catch (error) {
    await giveUp();
    throw error;
  }
  return giveUp;
}

async function holdPort({ host, port }: Place): Promise<() => Promise<void>> {
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
