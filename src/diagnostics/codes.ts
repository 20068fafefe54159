/**
 * The table of stable codes with their fixed headlines. A code is never renamed or reused;
 * README links here. Sorted by the stage that finds them.
 */
export const codes = {
  // toolbox.yaml
  file_missing: 'No toolbox file found',
  file_unreadable: 'File cannot be read',
  file_too_large: 'File too large',
  yaml_syntax: 'Invalid YAML',
  yaml_duplicate_key: 'Key given twice',
  yaml_aliases: 'Aliases expand without end',
  unknown_key: 'Unknown key',
  wrong_type: 'Wrong type or value',
  missing_key: 'Required key missing',
  invalid_name: 'Invalid name',
  duplicate_name: 'Name declared twice',
  undefined_variable: 'Undefined variable',
  variable_cycle: 'Variables refer to each other in a circle',
  undefined_reference: 'Reference to something not declared',
  mount_source_missing: 'Mount source does not exist',
  mount_not_allowed: 'Mount not allowed',
  required_version: 'Another version of toolcrib is required',
  invalid_arguments_rule: 'Invalid arguments rule',
  name_too_long: 'Exposed name too long',
  grant_not_owned: 'Grant of what another file declares',
  grant_expired: 'Grant has expired',
  build_folder: 'Build folder cannot be used',
  // lock
  lock_missing: 'No lock file',
  lock_stale: 'Lock does not match the declaration',
  lock_corrupt: 'Lock file cannot be trusted',
  unknown_tool: 'Tool not in the lock',
  unknown_prompt: 'Prompt not in the lock',
  unknown_resource: 'Resource not in the lock',
  unknown_argument: 'Argument not in the locked schema',
  token_file_invalid: 'Token file cannot be used',
  // sources
  package_not_found: 'Package not found',
  package_install_failed: 'Package cannot be installed',
  build_failed: 'Image build failed',
  image_not_found: 'Image not found',
  image_not_usable: 'Image cannot be used',
  runtime_unavailable: 'Runtime not available',
  // servers
  server_exited: 'Server ended before it answered',
  server_timeout: 'Server did not answer in time',
  server_bad_output: 'Server broke the protocol',
  server_refused: 'Server refused the handshake',
  remote_refused: 'Remote server may not be called',
  definition_changed: 'Definitions differ from the lock',
  // engine
  engine_unreachable: 'No Docker engine answers',
  engine_too_old: 'Docker engine too old',
  engine_error: 'Docker engine refused a request',
  port_in_use: 'Port already in use',
  network_pool_full: 'No free subnet in the network pool',
  project_conflict: 'Another project owns this name',
  proxy_unready: 'Proxy did not take the policy in time',
  // commands
  plan_stale: 'The saved plan is stale',
  apply_locked: 'Another apply is running',
  apply_partial: 'Apply finished in part',
  invalid_option: 'Invalid command line',
  not_applied: 'Project is not applied',
  file_exists: 'File already exists',
  token_revoked: 'Token revoked on the engine, not in git',
  token_unknown: 'No such token',
  interrupted: 'Interrupted',
  internal: 'Unexpected error in toolcrib',
} as const;

export type Code = keyof typeof codes;
