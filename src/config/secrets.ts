import type { Environment } from './read-settings.ts';

/** Variables that hold secrets and that the SDK of AWS reads by itself. */
const AWS_SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/**
 * Secrets that are no setting's whole text: the password in a connection string, as written and as it is sent, because a
 * driver may quote a part of what it was given, and the credentials of AWS.
 */
export function secretsOf(connectionUrl: string | undefined, env: Environment): string[] {
  const password = /^[a-z+]+:\/\/[^:@/]*:([^@/]+)@/.exec(connectionUrl ?? '')?.[1];
  const fromUrl = password === undefined ? [] : [password, decoded(password)];
  return [...fromUrl, ...AWS_SECRETS.map((name) => env[name] ?? '')].filter((secret) => secret !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
