/** Reading a definition: the public face of this folder. `find.ts` and `state-dir.ts` are imported on their own, since they load no parser. */
export { type LoadOptions, type LoadResult, loadProject, type Sources } from './load.ts';
