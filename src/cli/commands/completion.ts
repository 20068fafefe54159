/** `toolcrib completion`: scripts for shells, which ask the hidden `completion candidates` at each TAB. */
import { resolve } from 'node:path';
import { Exit } from '../../diagnostics/diagnostic.js';
import { fail } from '../../diagnostics/failure.js';
import type { Command } from '../command.js';
import { argument } from '../command.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionCommand: Command = {
  name: 'completion',
  summary: 'print a script that completes commands, options and declared names in a shell',
  details:
    'bash: `source <(toolcrib completion bash)` in ~/.bashrc. zsh: the same, after `compinit`. fish: `toolcrib completion fish | source` in config.fish. Names of agents, servers and tools come from the files in the current folder; no engine is asked.',
  arguments: [
    { name: 'shell', description: SHELLS.join(', '), choices: SHELLS },
    { name: 'words', description: 'used by the scripts alone', optional: true, variadic: true },
  ],
  examples: ['toolcrib completion bash > /etc/bash_completion.d/toolcrib'],
  standalone: true,
  async run(call) {
    const { terminal } = call;
    const shell = argument(call, 0);
    if (shell === 'candidates') {
      for (const each of await found(call)) terminal.data(each);
      return Exit.ok;
    }
    const script = SCRIPTS[shell as (typeof SHELLS)[number]] as string | undefined;
    if (script === undefined)
      fail(
        'invalid_option',
        `There is no completion for \`${shell.slice(0, 40)}\`.`,
        `Name one of ${SHELLS.join(', ')}.`,
      );
    terminal.data(script);
    return Exit.ok;
  },
};

async function found({
  context,
  io,
  commands,
  arguments: [, ...words],
}: Parameters<Command['run']>[0]): Promise<string[]> {
  const { candidates } = await import('../complete.js');
  return candidates(words, commands, async () => {
    const { declaredNames } = await import('../../workflow/declared-names.js');
    return declaredNames({
      ...context,
      environment: null,
      dir: resolve(io.cwd, valueOf(words, '-C').at(-1) ?? '.'),
      files: [...valueOf(words, '-f'), ...valueOf(words, '--file')],
    });
  });
}

/** Of an option on the line that is being typed. */
function valueOf(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, at) => (word === flag && at + 1 < words.length - 1 ? [words[at + 1] ?? ''] : []));
}

const SCRIPTS: Record<(typeof SHELLS)[number], string> = {
  bash: `# bash completion of toolcrib
_toolcrib() {
  local IFS=$'\\n'
  COMPREPLY=($(toolcrib completion candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _toolcrib toolcrib`,
  zsh: `#compdef toolcrib
_toolcrib() {
  local -a found
  found=("\${(@f)$(toolcrib completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" == "_toolcrib" ]]; then _toolcrib "$@"; else compdef _toolcrib toolcrib; fi`,
  fish: `# fish completion of toolcrib
function __toolcrib_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (toolcrib completion candidates -- $words[2..] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c toolcrib -f -a '(__toolcrib_complete)'`,
};
