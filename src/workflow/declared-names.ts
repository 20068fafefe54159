/** The names that a project declares, for shells to complete. Asks no engine, and knows nothing of a broken project. */
import { Failure } from '../diagnostics/failure.js';
import type { Context } from './context.js';
import { load } from './context.js';

export interface DeclaredNames {
  agents: string[];
  servers: string[];
  environments: string[];
  tools: Record<string, string[]>;
}

export async function declaredNames(context: Context): Promise<DeclaredNames> {
  try {
    const { config, lock } = await load(context);
    return {
      agents: config.agents.map(({ name }) => name),
      servers: config.servers.map(({ name }) => name),
      environments: config.project.environments,
      tools: Object.fromEntries(
        Object.entries(lock?.servers ?? {}).map(([name, { definitions }]) => [
          name,
          definitions.tools.map((tool) => tool.name),
        ]),
      ),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { agents: [], servers: [], environments: [], tools: {} };
  }
}
