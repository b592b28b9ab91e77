/** What the engine and the commands need of the data layer. `query.ts` and `shell/` load the native module: import those lazily. */
export { type PrepareOptions, prepareDatabase } from './prepare.ts';
