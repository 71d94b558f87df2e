import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The schemas of an OpenAPI 3.1 document, which are JSON Schema 2020-12, as a validator reads them that knows nothing else. */
export class DocumentSchemas {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #known = new Map<unknown, ValidateFunction>();

  /** Throws when one of the document's components is no sound schema. */
  constructor(readonly document: { readonly components: { readonly schemas: Readonly<Record<string, object>> } }) {
    addFormats.default(this.#ajv);
    const { components } = document;
    this.#ajv.addSchema({ $id: 'document', components });
    for (const schema of Object.values(components.schemas)) this.#ajv.compile(schema);
  }

  /** What is wrong with a value by a schema of the document; empty when nothing is. Throws when the schema is not sound. */
  faults(schema: object, value: unknown): string[] {
    let validate = this.#known.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')),
      );
      this.#known.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}
