import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** Look-ups handed to the node at once; its adapter cuts them further and repeats what failed. */
const BATCH_SIZE = 1000;

/**
 * Asks for many things, a bounded number at a time and one batch after the other.
 *
 * @param what names the answers in the error, for example `storage`
 * @returns answers in the order of the questions
 * @throws OrchestratorError NODE_ANSWER_INVALID when a batch has fewer or more answers than questions, which would shift
 *   or blank the ones behind it; whatever `ask` fails with
 */
export async function lookUpInBatches<Question, Answer>(
  what: string,
  questions: readonly Question[],
  ask: (batch: readonly Question[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < questions.length; start += BATCH_SIZE) {
    const batch = questions.slice(start, start + BATCH_SIZE);
    const answered = await ask(batch);
    if (answered.length !== batch.length) {
      throw new OrchestratorError(
        'NODE_ANSWER_INVALID',
        `the node gave ${answered.length} answers to ${batch.length} look-ups of ${what}`,
        { retry: 'transient', context: { what, questions: batch.length, answers: answered.length } },
      );
    }
    for (const answer of answered) answers.push(answer);
  }
  return answers;
}
