/**
 * Errors as RFC 9457 problem details: what a caller gets, in every service, in both languages.
 * Throw one anywhere in a handler; `service.js` sends it.
 */
export class Problem extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} type a short stable word a program can match on, e.g. `out-of-stock`
   * @param {string} detail one sentence about this occurrence, for people
   * @param {object} [facts] extra members of the document
   */
  constructor(status, type, detail, facts = {}) {
    super(detail);
    this.status = status;
    this.type = type;
    this.facts = facts;
  }

  toJSON() {
    return {
      type: `/problems/${this.type}`,
      title: this.type,
      status: this.status,
      detail: this.message,
      ...this.facts,
    };
  }
}
