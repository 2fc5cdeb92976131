import Sequencer from '@jest/test-sequencer';

/** Files that take minutes, longest first: whoever starts last ends last. */
const LONG = ['aws-instances', 'aws-calls', 'aws-outages', 'recorded', 'conformance/sqs', 'setup-killed'];

// biome-ignore lint/style/noDefaultExport: jest takes the default export.
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const index = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return index < 0 ? LONG.length : index;
    };
    return [...tests].sort((a, b) => place(a) - place(b) || (a.path < b.path ? -1 : 1));
  }
}
