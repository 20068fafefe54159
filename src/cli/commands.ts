/** Every command, in the order in which help shows them: the order in which a project meets them. */
import type { Command } from './command.js';
import { adoptCommand } from './commands/adopt.js';
import { applyCommand } from './commands/apply.js';
import { auditCommand } from './commands/audit.js';
import { completionCommand } from './commands/completion.js';
import { auditExportCommand } from './commands/audit-export.js';
import { auditVerifyCommand } from './commands/audit-verify.js';
import { connectCommand } from './commands/connect.js';
import { destroyCommand } from './commands/destroy.js';
import { doctorCommand } from './commands/doctor.js';
import { explainCommand } from './commands/explain.js';
import { fmtCommand } from './commands/fmt.js';
import { graphCommand } from './commands/graph.js';
import { initCommand } from './commands/init.js';
import { lockCommand } from './commands/lock.js';
import { logsCommand } from './commands/logs.js';
import { metricsCommand } from './commands/metrics.js';
import { outputCommand } from './commands/output.js';
import { planCommand } from './commands/plan.js';
import { proxyCommand } from './commands/proxy.js';
import { schemaCommand } from './commands/schema.js';
import { showCommand } from './commands/show.js';
import { statusCommand } from './commands/status.js';
import { tokenIssueCommand } from './commands/token-issue.js';
import { tokenListCommand } from './commands/token-list.js';
import { tokenRevokeCommand } from './commands/token-revoke.js';
import { unlockCommand } from './commands/unlock.js';
import { validateCommand } from './commands/validate.js';
import { versionCommand } from './commands/version.js';

export const COMMANDS: readonly Command[] = [
  initCommand,
  validateCommand,
  fmtCommand,
  adoptCommand,
  lockCommand,
  planCommand,
  showCommand,
  applyCommand,
  statusCommand,
  outputCommand,
  explainCommand,
  graphCommand,
  tokenIssueCommand,
  tokenListCommand,
  tokenRevokeCommand,
  connectCommand,
  proxyCommand,
  auditCommand,
  auditVerifyCommand,
  auditExportCommand,
  logsCommand,
  metricsCommand,
  destroyCommand,
  doctorCommand,
  unlockCommand,
  schemaCommand,
  completionCommand,
  versionCommand,
];
