/** The module of a thread beside the one at `url`, `name` without ending: TypeScript when run from the sources, JavaScript from the build. */
export function threadModule(name: string, url: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url);
}
