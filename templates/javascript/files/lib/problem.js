/** An error as RFC 9457 problem details. Throw one anywhere in a handler; `http.js` sends it. */
export class Problem extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} type a short stable word that a program can match on, such as `unknown-item`
   * @param {string} detail one sentence about this occurrence, for people
   * @param {object} [facts] extra members of the document
   * @param {Record<string, string>} [headers] of the response
   */
  constructor(status, type, detail, facts = {}, headers = {}) {
    super(detail);
    this.status = status;
    this.type = type;
    this.facts = facts;
    this.headers = headers;
  }

  toJSON() {
    const title = this.type.replaceAll('-', ' ');
    return { type: `/problems/${this.type}`, title, status: this.status, detail: this.message, ...this.facts };
  }
}
