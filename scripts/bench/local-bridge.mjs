/**
 * Stands in for the bridge where the proxy alone is measured: the same protocol, but each `open` runs the fixture
 * as a child instead of a container. argv: socket, fixture.
 */
import { spawn } from 'node:child_process';
import net from 'node:net';

const [socketPath, fixture] = process.argv.slice(2);

net
  .createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => {
      const end = chunk.indexOf(0x0a);
      if (JSON.parse(chunk.subarray(0, end).toString('utf8')).op !== 'open')
        return socket.end('{"ok":true,"servers":[]}\n');
      const child = spawn(process.execPath, [fixture], { stdio: ['pipe', 'pipe', 'inherit'] });
      socket.write('{"ok":true}\n');
      if (end + 1 < chunk.length) child.stdin.write(chunk.subarray(end + 1));
      socket.pipe(child.stdin);
      child.stdout.pipe(socket);
      child.stdin.on('error', () => undefined);
      child.on('exit', () => socket.end());
      socket.on('close', () => child.kill());
    });
  })
  .listen(socketPath, () => console.log('listening'));
