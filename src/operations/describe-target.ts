import type { Target } from '../domain/automation.ts';
import { variableOf } from '../domain/secret.ts';

/** The option of each target type that says where it goes, without saying a secret. */
const PLACE: Readonly<Record<string, string>> = {
  webhook: 'url',
  slack: 'channel',
  email: 'to',
  file: 'path',
  callback: 'name',
};

/** `webhook hooks.slack.com`, `webhook env:SLACK_URL`, `file out/result.json`: never a whole URL. */
export function describeTarget({ type, options }: Target): string {
  const place = options[PLACE[type] ?? ''];
  if (typeof place !== 'string' || place === '') return type;
  return `${type} ${variableOf(place) || type !== 'webhook' ? place : hostOf(place)}`;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '(address in the file)';
}
