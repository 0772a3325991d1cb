/** Where a template is wrong; `line` and `column` count from 1 within the template. */
export interface TemplateError {
  readonly message: string;
  readonly line: number;
  readonly column?: number;
}

/** Jinja, sandboxed. A missing key stays visible as written; values are inserted as they are, never rendered again. */
export interface Templates {
  check(template: string): TemplateError | undefined;
  render(
    template: string,
    variables: Readonly<Record<string, unknown>>,
  ): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: TemplateError };
}
