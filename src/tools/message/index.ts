export { emailSendTool } from './email-send.ts';
export { slackPostTool } from './slack-post.ts';
