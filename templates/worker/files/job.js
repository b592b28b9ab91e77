/** What this worker is for. Change `run` into it. */
// msvc:if calls
import { callPeer } from './lib/peers.js';
import { newTrace } from './lib/trace.js';
// msvc:end
// msvc:if database
import { openDatabase } from './lib/database.js';
// msvc:end

// msvc:if calls
const PEERS = [
// msvc:each calls
  '__CALLEE__',
// msvc:end
];

// msvc:end
// msvc:if database
/** @param {string} [path] a file that msvc has prepared; without one the data lives in memory (the unit tests) */
export function createJob(path = process.env.DATABASE_PATH) {
  const db = openDatabase(path);
  const add = db.prepare('INSERT INTO runs (outcome) VALUES (?)');
  const count = db.prepare('SELECT count(*) AS runs FROM runs');
// msvc:end
// msvc:unless database
export function createJob() {
  let runs = 0;
// msvc:end
  return {
    /**
     * One run. It should be safe to run twice: a crash in the middle leads to that.
     * @param {AbortSignal} _stopping aborted when the worker is asked to stop: leave a long loop then
     * @returns {Promise<object>} what the log should say
     */
    async run(_stopping) {
// msvc:if calls
      // One trace for the run, so that it can be followed through the logs of every service.
      const trace = newTrace();
      const answers = await Promise.all(PEERS.map((name) => callPeer(name, 'GET', '/healthz', { trace })));
      const outcome = { peers: Object.fromEntries(PEERS.map((name, i) => [name, answers[i].status])), traceId: trace.traceId };
// msvc:end
// msvc:unless calls
      const outcome = {};
// msvc:end
// msvc:if database
      add.run(JSON.stringify(outcome));
      return { ...outcome, runs: Number(count.get().runs) };
// msvc:end
// msvc:unless database
      runs++;
      return { ...outcome, runs };
// msvc:end
    },
    close() {
// msvc:if database
      db.close();
// msvc:end
    },
  };
}
