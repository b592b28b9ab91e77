/** Routes of a definition, and what they do to a request, for `msvc routes`. Loads the gateway's matcher: only when asked. */
export { explainRoutes } from '../gateway/routes/explain.ts';
export { routeTable } from '../gateway/routes/table.ts';
