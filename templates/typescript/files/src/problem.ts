/** An error as RFC 9457 problem details. Throw one anywhere in a handler; `app.ts` sends it. */
export class Problem extends Error {
  /**
   * @param kind a short stable word that a program can match on, such as `unknown-item`
   * @param detail one sentence about this occurrence, for people
   * @param facts extra members of the document
   */
  constructor(
    readonly status: number,
    readonly kind: string,
    detail: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }

  response(): Response {
    const title = this.kind.replaceAll('-', ' ');
    const body = { type: `/problems/${this.kind}`, title, status: this.status, detail: this.message, ...this.facts };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { ...this.headers, 'content-type': 'application/problem+json' },
    });
  }
}
