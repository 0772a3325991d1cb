import type { WebhookPreset } from '../domain/ports/webhook-preset.ts';
import { createPreset } from './create-preset.ts';
import { bitbucket } from './senders/bitbucket.ts';
import { discord } from './senders/discord.ts';
import { generalSenders } from './senders/general.ts';
import { github } from './senders/github.ts';
import { gitlab, gitlabToken } from './senders/gitlab.ts';
import { grafana } from './senders/grafana.ts';
import { hubspot } from './senders/hubspot.ts';
import { intercom } from './senders/intercom.ts';
import { jira } from './senders/jira.ts';
import { linear } from './senders/linear.ts';
import { meta } from './senders/meta.ts';
import { pagerduty } from './senders/pagerduty.ts';
import { sendgrid } from './senders/sendgrid.ts';
import { sentry } from './senders/sentry.ts';
import { shopify } from './senders/shopify.ts';
import { slack } from './senders/slack.ts';
import { standardWebhooks } from './senders/standard-webhooks.ts';
import { stripe } from './senders/stripe.ts';
import { svix } from './senders/svix.ts';
import { twilio } from './senders/twilio.ts';
import { typeform } from './senders/typeform.ts';
import { vercel } from './senders/vercel.ts';
import { zoom } from './senders/zoom.ts';

/** Every value of `webhookAuth.type`: the senders by name, then the general types. */
export const WEBHOOK_PRESETS: readonly WebhookPreset[] = [
  github,
  gitlab,
  gitlabToken,
  bitbucket,
  jira,
  stripe,
  slack,
  linear,
  pagerduty,
  shopify,
  sentry,
  grafana,
  vercel,
  intercom,
  zoom,
  typeform,
  meta,
  svix,
  standardWebhooks,
  discord,
  sendgrid,
  twilio,
  hubspot,
  ...generalSenders,
].map(createPreset);
