/** The command line's entry point: argv → cli. The version is answered before anything else is loaded. */
import { fileURLToPath } from 'node:url';
import { VERSION } from './cli/program-version.js';
import { Exit } from './diagnostics/diagnostic.js';
import { loadProgram } from './program.js';

const argv = process.argv.slice(2);
const [first = ''] = argv;

async function main(): Promise<void> {
  const program = await loadProgram(argv.find((each) => !each.startsWith('-')) ?? '');
  const code = await program.run(argv, {
    // Opened by who reads it: most commands never do.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    runtime: process,
    distribution: fileURLToPath(new URL('.', import.meta.url)),
    signals: process,
    exit: (status) => process.exit(status),
  });
  // The engine's connections are kept alive; nobody needs them any more.
  process.stdout.write('', () => {
    // What a run needed that came to nothing is not what the next one needs.
    if (code === Exit.ok || code === Exit.changes) program.keep();
    process.exit(code);
  });
}

if (argv.length === 1 && ['--version', '-V', 'version'].includes(first)) {
  process.stdout.write(`toolcrib ${VERSION}\n`);
} else {
  void main();
}
