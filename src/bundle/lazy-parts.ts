import type { Schedule } from '../domain/automation.ts';
import type { Templates } from '../domain/ports/templates.ts';
import type { ScheduleCheck } from '../domain/schedule.ts';
import type { ReadFrontMatter } from './read-markdown.ts';

/** Parts that take tens of milliseconds to import; each is there only when a file of this load needs it. */
export interface LazyParts {
  readonly templates?: Templates;
  readonly checkSchedule?: (schedule: Schedule, after: number) => ScheduleCheck;
  /** What is wrong with a JSON Schema of a file, in a few words. */
  readonly checkJsonSchema?: (schema: Readonly<Record<string, unknown>>) => string | undefined;
  readonly readFrontMatter?: ReadFrontMatter;
}

/** Which of the parts a load needs. */
export type Needs = { readonly [part in keyof LazyParts]-?: boolean };

/** Imports what is needed and not there yet. */
export async function importParts(needs: Needs, parts: LazyParts = {}): Promise<LazyParts> {
  const { templates, checkSchedule, checkJsonSchema, readFrontMatter } = parts;
  return {
    templates: templates ?? (needs.templates ? await importTemplates() : undefined),
    checkSchedule:
      checkSchedule ?? (needs.checkSchedule ? (await import('../domain/schedule.ts')).checkSchedule : undefined),
    checkJsonSchema:
      checkJsonSchema ?? (needs.checkJsonSchema ? (await import('./check-json-schema.ts')).checkJsonSchema : undefined),
    readFrontMatter:
      readFrontMatter ?? (needs.readFrontMatter ? (await import('./front-matter.ts')).readFrontMatter : undefined),
  };
}

async function importTemplates(): Promise<Templates> {
  const { createTemplates } = await import('./create-templates.ts');
  return createTemplates();
}
