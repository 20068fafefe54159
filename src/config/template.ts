/** The toolbox.yaml that `toolcrib init` writes: it validates as it is, and needs no image registry. */

export interface TemplateValues {
  /** Of the project; a name (NAME_PATTERN), as the toolbox's. */
  name: string;
  /** UUID. */
  id: string;
  toolbox: string;
}

export function toolboxTemplate({ name, id, toolbox }: TemplateValues): string {
  return `# yaml-language-server: $schema=./node_modules/toolcrib/schemas/toolbox.schema.json
#
# Which MCP servers exist, and which agent may use which of their tools. Everything not granted is refused.
# \`toolcrib validate\` checks this file, \`toolcrib plan\` shows what it would change.
version: 1
toolbox: ${toolbox}

project:
  name: ${name}
  id: ${id} # tells this project from another of the same name; keep it
  proxy: {listen: "127.0.0.1:7411"} # where agents connect: http://127.0.0.1:7411/mcp
  runtimes:
    node: {host: true} # npm servers run on this host's own Node. Or: {image: "node:22-slim"}

variables:
  docs: {default: ./docs, description: the folder that the file server may read}

servers:
  files:
    # An npm package. Or \`image: registry/name:tag\`, or \`build: ./folder\` with a Dockerfile.
    npm: "@modelcontextprotocol/server-filesystem@2026.8.31"
    args: [/data]
    # Nothing of this machine is visible to a server but what stands here; there is no network either.
    mounts:
      - {source: "\${docs}", target: /data, readonly: true}
    resources: {memory: 256Mi, cpus: 1, pids: 128}

agents:
  reader:
    # \`toolcrib token issue reader\` makes its token.
    authenticate:
      - token: {}
    grants:
      - server: files
        tools: [list_directory, read_text_file] # names as the lock has them; "list_*" and "*" work, too
        arguments:
          # what the agent may pass, as JSON Schema; \`within\` is the rule for paths
          read_text_file: {properties: {path: {within: /data}}}
        # expires: 2027-06-30
`;
}
