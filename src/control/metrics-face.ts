/** `/metrics` at the registry's port, where Prometheus asks for it. Shows what `msvc metrics` prints; owns nothing. */
import type { GatewayStats } from '../gateway/protocol.ts';
import type { View } from '../model/view.ts';
import { type FaceHandler, type FaceResponse, notAllowed } from '../registry/http/face.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';

export function metricsFace(stats: () => Promise<GatewayStats>, view: () => View): FaceHandler {
  const shown = async (): Promise<FaceResponse> => {
    return { status: 200, type: METRICS_TYPE, body: metricsText(await stats(), view()) };
  };
  // At once for what is not for it: readers of the registry come by here by the thousand.
  return ({ method, segments: [first, ...rest] }) => {
    if (first !== 'metrics' || rest.length > 0) return null;
    return method === 'GET' || method === 'HEAD' ? shown() : notAllowed(method, 'GET, HEAD');
  };
}
