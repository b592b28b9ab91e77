/**
 * Answers to questions about the registry, so that a thousand readers of one service cost one rendering. Owns the latest
 * of each question.
 */
import type { FaceResponse } from '../http/face.ts';

export interface Asked {
  readonly question: string;
  readonly index: number;
  /** Another one when an answer with the same index may read otherwise. */
  readonly said: number;
}

interface Kept {
  readonly index: number;
  readonly said: number;
  readonly answer: FaceResponse;
}

const MOST_KEPT = 100;

export class Answers {
  readonly #kept = new Map<string, Kept>();

  of({ question, index, said }: Asked, render: () => unknown): FaceResponse {
    const kept = this.#kept.get(question);
    if (kept?.index === index && kept.said === said) return kept.answer;
    const answer: FaceResponse = {
      status: 200,
      headers: { 'X-Consul-Index': String(index), 'X-Consul-KnownLeader': 'true', 'X-Consul-LastContact': '0' },
      body: render(),
    };
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(question, { index, said, answer });
    return answer;
  }
}
