/** `gateway.access_log`, read: where the line of each request goes, and in which format. */
export interface AccessLogSpec {
  readonly format: 'json' | 'combined';
  /** Absolute. */
  readonly path: string;
  /** At this size the file becomes `<path>.1`. */
  readonly maxSizeBytes: number;
  /** The present one counted. */
  readonly maxFiles: number;
}
