/** Where something stands in a file a person wrote. Lines and columns count from 1; columns count UTF-16 units. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many columns to underline; 1 when unknown. */
  readonly length?: number;
}
