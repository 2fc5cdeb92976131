const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\`]+/gi;
const LEAST_LENGTH = 6;

/**
 * The text without secrets: of each URL only scheme and host remain, because paths, queries and user names carry keys;
 * each of `secrets` is replaced, with and without `0x`. Secrets that are URLs are covered by the first rule.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text.replaceAll(URLS, hostOnly);
  for (const secret of secrets) {
    if (URL.canParse(secret)) continue;
    const bare = secret.replace(/^0x/i, '');
    if (bare.length < LEAST_LENGTH) continue;
    result = result.replaceAll(new RegExp(`(0x)?${bare.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'gi'), '[secret]');
  }
  return result;
}

/** `https://host:port`, followed by `/...` where the URL says more. What is no URL loses its user only. */
export function hostOnly(url: string): string {
  // Paths of this machine are no secret, and stack traces consist of them.
  if (url.startsWith('file:')) return url;
  if (!URL.canParse(url)) return withoutUser(url);
  const { protocol, host, pathname, search, username, hash } = new URL(url);
  const more = (pathname !== '/' && pathname !== '') || search !== '' || hash !== '' || username !== '';
  return `${protocol}//${host}${more ? '/...' : ''}`;
}

/** A connection string may name several hosts, which makes it no URL, but it has user and password all the same. */
function withoutUser(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1').replace(/[?#].*$/, '?...');
}
