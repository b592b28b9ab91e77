import { expect, it } from 'vitest';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import {
  givenEnvironment,
  inheritable,
  LOCAL_NETWORK,
  launchEnvironment,
  type Surroundings,
} from '../../../src/runtime/launch-request.ts';

const name = serviceName('web');
const spec = {
  name,
  run: { kind: 'process' },
  calls: [serviceName('api')],
  secrets: [],
  database: undefined,
  envFile: { FROM_FILE: 'file', SHELL_TOO: 'file', MINE: 'file' },
  environment: { MINE: 'mine', HOST: 'other' },
} as unknown as ServiceSpec;
const around: Surroundings = {
  project: 'shop',
  network: LOCAL_NETWORK,
  run: 'r1',
  inherited: inheritable({ PATH: '/bin', PORT: '1', MSVC_RUN: 'another', GATEWAY_URL: 'x', SHELL_TOO: 'shell' }),
  gatewayUrl: 'http://localhost:8080',
  edges: { api: 20_001 },
  secretFiles: {},
  colour: false,
};
const at = { instance: instanceId(name, 1, 1), replica: 1, port: 20_000 };

it('what a process is started with is what `env` shows, with the same precedence', () => {
  const given = givenEnvironment(spec, at, around);
  const environment = launchEnvironment(spec, at, around);
  expect(environment).toEqual(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  expect(environment).toMatchObject({
    PATH: '/bin',
    PORT: '20000',
    HOST: 'other',
    MINE: 'mine',
    FROM_FILE: 'file',
    SHELL_TOO: 'file',
    MSVC_RUN: 'r1',
    GATEWAY_URL: 'http://localhost:8080',
    API_URL: 'http://127.0.0.1:20001',
  });
  expect(given.get('PATH')?.source).toBe('inherited');
});

it('fills the names of secrets, of the instance and of hints', () => {
  const asks: ServiceSpec = {
    ...spec,
    secrets: [{ source: 'pem', target: 'key' }],
    environment: { KEY: [{ ref: 'KEY_FILE' }], WHO: [{ ref: 'MSVC_INSTANCE' }], COLOUR: [{ ref: 'FORCE_COLOR' }] },
  };
  const given = { ...around, secretFiles: { pem: '/s/pem' }, inherited: { FORCE_COLOR: '3' } };
  expect(launchEnvironment(asks, at, given)).toMatchObject({ KEY: '/s/pem', WHO: at.instance, COLOUR: '3' });
  expect(launchEnvironment(asks, at, { ...given, colour: true })).toMatchObject({ COLOUR: '1', FORCE_COLOR: '1' });
  expect(launchEnvironment(asks, at, { ...given, inherited: {} })).toMatchObject({ COLOUR: '' });
});
