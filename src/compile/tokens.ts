/** Token files that stand for nobody. */
import type { Config } from '../config/config.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { warning } from '../diagnostics/failure.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { TokenRecord } from '../model/access.js';

export function tokenProblems(tokens: readonly TokenRecord[], config: Config): Diagnostic[] {
  const agents = config.agents.map((agent) => agent.name);
  return tokens
    .filter(({ revoked, environment }) => revoked === null && environment === config.project.environment)
    .filter((token) => !agents.includes(token.agent))
    .map((token) => {
      const meant = didYouMean(token.agent, agents);
      return warning(
        'token_file_invalid',
        `Token ${token.id} is for ${token.agent}, which no file declares${meant ? `; did you mean ${meant}?` : '.'} It opens nothing.`,
        `Declare the agent, or revoke the token: \`toolcrib token revoke ${token.id}\`.`,
        { address: `token.${token.id}` },
      );
    });
}
