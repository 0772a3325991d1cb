import type { Bundle } from '../domain/bundle.ts';
import type { Tool } from '../domain/ports/tool.ts';

/** Reads one of the playbooks that the prompt lists. */
export function skillReadTool({ skills }: Pick<Bundle, 'skills'>): Tool {
  return {
    name: 'skill_read',
    description: 'Read one of the listed skills: how this team does a kind of task.',
    inputSchema: {
      type: 'object',
      properties: { name: { type: 'string', description: 'The name of the skill.' } },
      required: ['name'],
      additionalProperties: false,
    },
    effect: () => ({ ok: true, call: { kind: 'local', tool: 'skill_read' } }),
    run: async (input, { automation }) => {
      const { name } = input as { readonly name: string };
      const known = [...skills.keys()].filter((skill) => automation.skills?.includes(skill) ?? true);
      const skill = known.includes(name) ? skills.get(name) : undefined;
      if (!skill) return { ok: false, text: `there is no skill "${name}"; there are: ${known.join(', ') || 'none'}` };
      return { ok: true, text: skill.text };
    },
  };
}
