import Type from 'typebox';
import { closed, count, flag, named } from './field.ts';

/** Notes that an automation keeps between its runs. */
export const MemoryFile = named(
  'Memory',
  closed(
    {
      enabled: Type.Optional(flag('`true`: runs get the `memory_*` tools. Default false.')),
      automationWritable: Type.Optional(
        flag('`true`: runs may write notes without `writeEnabled`. Default false: notes are writes like any other.'),
      ),
      maxBytes: Type.Optional(
        count({ minimum: 256, maximum: 1_048_576 }, 'Bytes of all notes of one automation together. Default 65536.'),
      ),
    },
    'Notes that an automation keeps for itself between its runs.',
  ),
);
