/** Ten tools of one of many servers: what the fixture lists, and what the policy locks. */
export function tenTools(number) {
  return Array.from({ length: 10 }, (_, i) => ({
    name: `tool_${number}_${i}`,
    description: `Tool ${i} of server ${number}. ${'It does something that takes a sentence to say. '.repeat(3)}`,
    inputSchema: { type: 'object', properties: { path: { type: 'string' }, text: { type: 'string' } } },
  }));
}
