/**
 * Reading a definition: the public face of this folder. `find.ts` and `state-dir.ts` are imported on their own, since
 * they load no parser; so are `json-schema.ts` and `reference.ts`, which only the generator of the docs needs.
 */
export { type ExplainedSource, type Explanation, explain } from './explain.ts';
export { type LoadOptions, type LoadResult, loadProject, type Sources } from './load.ts';
export { maskText } from './mask.ts';
export { resolved } from './resolved.ts';
