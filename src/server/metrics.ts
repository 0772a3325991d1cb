import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Database } from '../domain/ports/database.ts';
import type { NewTranscriptEntry } from '../domain/transcript.ts';
import type { RunChange, RunWatch } from '../operations/watch-runs.ts';
import type { WebhookTally } from '../operations/webhook-tally.ts';

/** What is counted, in Prometheus' words; `docs/http-api.md` lists the names. */
export interface Metrics {
  countWebhook(status: number): void;
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

export interface MetricsPorts {
  readonly database: Database;
  readonly watch: RunWatch;
  readonly tally?: WebhookTally;
}

/** Counts from what the database commits, so that nothing is counted that did not happen. */
export function createMetrics({ database, watch, tally }: MetricsPorts): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const runs = new Counter({
    name: 'amodal_runs_total',
    help: 'Runs that ended, by status and reason.',
    labelNames: ['status', 'reason'],
    registers,
  });
  const webhooks = new Counter({
    name: 'amodal_webhook_answers_total',
    help: 'Answers to webhook senders, by HTTP status.',
    labelNames: ['status'],
    registers,
  });
  new Counter({
    name: 'amodal_webhook_events_total',
    help: 'What came of requests to webhooks, by automation, outcome and reason.',
    labelNames: ['automation', 'outcome', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const { count, ...labels } of tally?.counts() ?? []) this.inc(labels, count);
    },
  });
  const deliveries = new Counter({
    name: 'amodal_delivery_attempts_total',
    help: 'Attempts to deliver results and alerts, by what they came to (delivered, failed, dead).',
    labelNames: ['outcome'],
    registers,
  });
  const cost = new Counter({
    name: 'amodal_model_cost_usd_total',
    help: 'Dollars spent on models, where the price is known.',
    labelNames: ['model'],
    registers,
  });
  const tokens = new Counter({
    name: 'amodal_model_tokens_total',
    help: 'Tokens read and written by models.',
    labelNames: ['model', 'direction'],
    registers,
  });
  new Gauge({
    name: 'amodal_queue_runs',
    help: 'Runs that wait or run now.',
    labelNames: ['status'],
    registers,
    async collect() {
      const { queued, running } = await database.countRuns();
      this.set({ status: 'queued' }, queued);
      this.set({ status: 'running' }, running);
    },
  });
  const countUsage = ({ content }: NewTranscriptEntry) => {
    const model = typeof content.model === 'string' ? content.model : 'unknown';
    cost.inc({ model }, positive(content.costUsd));
    tokens.inc({ model, direction: 'input' }, positive(content.inputTokens));
    tokens.inc({ model, direction: 'output' }, positive(content.outputTokens));
  };
  watch.onAny((change: RunChange) => {
    switch (change.type) {
      case 'ended':
        return runs.inc({ status: change.status, reason: change.reason ?? '' });
      case 'delivery':
        return deliveries.inc({ outcome: change.result.ok ? 'delivered' : change.final ? 'dead' : 'failed' });
      case 'transcript':
        return change.entries
          .filter(({ type, content }) => type === 'usage' && content.replayed !== true)
          .forEach(countUsage);
    }
  });
  return {
    countWebhook: (status) => webhooks.inc({ status: String(status) }),
    render: async () => ({ text: await register.metrics(), contentType: register.contentType }),
  };
}

function positive(value: unknown): number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : 0;
}
