import Type from 'typebox';
import { closed, text, texts } from './field.ts';

/** The front matter of `agents/<name>/AGENT.md`. */
export const AgentFrontMatter = closed(
  {
    name: Type.Optional(text("Default: the folder's name.")),
    description: Type.Optional(text('What it is good for; told to the agent that may call it.')),
    model: Type.Optional(text('A name in `models` of `amodal.json`. Default: that of the caller.')),
    tools: Type.Optional(texts("Names of the only tools that it gets. Default: the caller's.")),
    connections: Type.Optional(texts("Names of the only connections that it gets. Default: the caller's.")),
  },
  'The front matter of a sub-agent.',
);

/** The front matter of `skills/<name>/SKILL.md`; other keys belong to other programs and are left alone. */
export const SkillFrontMatter = Type.Object(
  {
    name: Type.Optional(text("Default: the folder's name.")),
    description: Type.Optional(text('When to use it; listed in the prompt.')),
  },
  { additionalProperties: true, description: 'The front matter of a skill.' },
);

/** The front matter of a page of `knowledge/`. */
export const KnowledgeFrontMatter = Type.Object(
  { title: Type.Optional(text('Default: the first heading.')) },
  { additionalProperties: true, description: 'The front matter of a page.' },
);

export type AgentFrontMatter = Type.Static<typeof AgentFrontMatter>;
export type SkillFrontMatter = Type.Static<typeof SkillFrontMatter>;
export type KnowledgeFrontMatter = Type.Static<typeof KnowledgeFrontMatter>;
