import { AccessFile } from './access.ts';
import { AmodalFile } from './amodal.ts';
import { AutomationFile } from './automation.ts';
import { ConnectionFile } from './connection.ts';
import { AgentFrontMatter, KnowledgeFrontMatter, SkillFrontMatter } from './front-matter.ts';
import { ScriptFile } from './script.ts';
import { StoreFile } from './store.ts';
import { ToolFile } from './tool.ts';

/** The file shapes that are published as `schema/<name>.schema.json`, by name. */
export const PUBLISHED = {
  amodal: AmodalFile,
  automation: AutomationFile,
  connection: ConnectionFile,
  access: AccessFile,
  store: StoreFile,
  script: ScriptFile,
  tool: ToolFile,
};

/** Everything that has a validator: the published shapes and the front matter of Markdown files. */
export const VALIDATED = {
  ...PUBLISHED,
  agent: AgentFrontMatter,
  skill: SkillFrontMatter,
  knowledge: KnowledgeFrontMatter,
};
