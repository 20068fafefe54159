/** The lists of MCP: which there are, and what each is called where. */

export type ListKind = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';
export const LIST_KINDS: readonly ListKind[] = ['tools', 'prompts', 'resources', 'resourceTemplates'];

export const LIST_METHODS: Readonly<Record<string, ListKind>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
};

export type ListCapability = 'tools' | 'prompts' | 'resources';

/** Templates are announced as resources are. */
export function announcedAs(kind: ListKind): ListCapability {
  return kind === 'resourceTemplates' ? 'resources' : kind;
}
