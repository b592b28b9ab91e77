/** Every case, by rule. */
import type { Case } from './case.ts';
import { FORWARDING } from './forwarding.ts';
import { REQUESTS } from './requests.ts';
import { RESPONSES } from './responses.ts';

export const CASES: readonly Case[] = [...REQUESTS, ...FORWARDING, ...RESPONSES].sort((a, b) => a.rule - b.rule);
