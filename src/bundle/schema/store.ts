import Type from 'typebox';
import { closed, count, flag, SCHEMA_LINE, text, texts } from './field.ts';

const NULLABLE = Type.Optional(flag('The field may be null. Default false.'));

/** A field of a document, by `type`. */
const FieldFile = Type.Cyclic(
  {
    Field: Type.Union(
      [
        closed({ type: Type.Literal('string'), nullable: NULLABLE }, 'Text.'),
        closed(
          {
            type: Type.Literal('number'),
            min: Type.Optional(Type.Number({ description: 'The smallest value.' })),
            max: Type.Optional(Type.Number({ description: 'The largest value.' })),
            nullable: NULLABLE,
          },
          'A number.',
        ),
        closed({ type: Type.Literal('boolean'), nullable: NULLABLE }, 'True or false.'),
        closed({ type: Type.Literal('datetime'), nullable: NULLABLE }, 'A moment, ISO 8601.'),
        closed(
          {
            type: Type.Literal('enum'),
            values: Type.Array(Type.String(), { minItems: 1, description: 'The words.' }),
            nullable: NULLABLE,
          },
          'One of a few words.',
        ),
        closed({ type: Type.Literal('array'), item: Type.Ref('Field'), nullable: NULLABLE }, 'A list.'),
        closed(
          {
            type: Type.Literal('object'),
            fields: Type.Record(Type.String(), Type.Ref('Field'), { description: 'Its fields, by name.' }),
            nullable: NULLABLE,
          },
          'An object.',
        ),
        closed(
          { type: Type.Literal('ref'), store: text('Name of the other store.'), nullable: NULLABLE },
          'The key of a document in another store.',
        ),
      ],
      {
        description: 'One field: `string`, `number`, `boolean`, `datetime`, `enum`, `array`, `object` or `ref`.',
      },
    ),
  },
  'Field',
);

const KEY = text('What identifies a document: text with `{field}` parts, e.g. `{team}/{day}`.');
const FIELDS = Type.Record(Type.String(), FieldFile, { description: 'The fields, by name.' });

/** `stores/<name>.json`: with `entity`, or flat with `key` and `schema`. */
export const StoreFile = closed(
  {
    $schema: SCHEMA_LINE,
    name: Type.Optional(text("The store's name, kebab or snake case. Default: the file's.")),
    description: Type.Optional(text('What it keeps.')),
    entity: Type.Optional(
      closed(
        { name: text('What one document is called.'), key: KEY, schema: FIELDS },
        'The kind of document: name, key and fields.',
      ),
    ),
    key: Type.Optional(KEY),
    schema: Type.Optional(FIELDS),
    indexed: Type.Optional(texts('Fields of the flat form that are often searched. Default: none.')),
    ttl: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.String({ minLength: 1 })], {
        description:
          'How long a document lives after its last write: seconds, or `90s`, `15m`, `12h`, `30d`. Default: for ever.',
      }),
    ),
    history: Type.Optional(
      closed(
        { versions: count({ minimum: 1, maximum: 10_000 }, 'How many earlier versions of a document are kept.') },
        'Earlier versions of documents. Default: none are kept.',
      ),
    ),
    shared: Type.Optional(flag('Every automation may use it. Default true.')),
    automationWritable: Type.Optional(
      flag('Automations may write here without `writeEnabled`: it is their notebook. Default false.'),
    ),
  },
  'A store: documents of one kind that outlive the runs.',
);

/** The file as it is written. */
export type StoreFile = Type.Static<typeof StoreFile>;
/** One field as it is written. */
export type FieldFile = Type.Static<typeof FieldFile>;
