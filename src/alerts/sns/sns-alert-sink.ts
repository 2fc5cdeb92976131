import { GetTopicAttributesCommand, PublishCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { type AwsAccess, clientOptions, observed } from '../../aws/aws-access.ts';
import { awsErrorName, awsFailure } from '../../aws/aws-failure.ts';
import { parseResourceId } from '../../aws/resource-name.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Alert, AlertSink } from '../alert-sink.ts';
import { messageOf, subjectOf } from './alert-message.ts';

export interface SnsAlertSinkOptions {
  readonly access: AwsAccess;
  /** ARN of the topic, or its name, which is then looked up at the first alert. */
  readonly topicArn: string;
}

/** Alerts on an SNS topic, the first line as their subject. What SNS does not take fails with ALERTS_UNAVAILABLE. */
export class SnsAlertSink implements AlertSink {
  readonly #client: SNSClient;
  readonly #topic: string;
  #arn: string | undefined;

  constructor({ access, topicArn }: SnsAlertSinkOptions) {
    const id = parseResourceId(topicArn, 'The SNS topic');
    // SNS takes messages for a topic only in the topic's own region.
    const place = id.kind === 'arn' ? { ...access, region: id.region } : access;
    this.#client = observed(new SNSClient(clientOptions(place)), 'sns', place);
    this.#topic = topicArn;
    this.#arn = id.kind === 'arn' ? id.arn : undefined;
  }

  async send({ text }: Alert): Promise<void> {
    await this.#asking('send an alert', async () => {
      const TopicArn = await this.#topicArn();
      await this.#client.send(
        new PublishCommand({ TopicArn, Subject: subjectOf(text), Message: messageOf(text.toWellFormed()) }),
      );
    });
  }

  /** Fails when the topic does not exist or may not be used. */
  async check(): Promise<void> {
    await this.#asking(`use the topic ${this.#topic}`, async () => {
      await this.#client.send(new GetTopicAttributesCommand({ TopicArn: await this.#topicArn() }));
    });
  }

  /** Ends the connections. */
  close(): void {
    this.#client.destroy();
  }

  async #topicArn(): Promise<string> {
    this.#arn ??= await this.#lookUp();
    return this.#arn;
  }

  async #lookUp(): Promise<string> {
    for await (const page of paginateListTopics({ client: this.#client }, {})) {
      for (const { TopicArn } of page.Topics ?? []) {
        if (TopicArn?.split(':').at(-1) === this.#topic) return TopicArn;
      }
    }
    throw this.#missing();
  }

  #missing(cause?: unknown): OrchestratorError {
    return new OrchestratorError('ALERTS_UNAVAILABLE', `There is no SNS topic ${this.#topic}`, {
      retry: 'dependency-down',
      dependency: 'sns',
      context: { topic: this.#topic },
      cause,
      hint: 'Make it with: orchestrator setup --aws --aws-sns. Or check the name, the account and the region.',
    });
  }

  async #asking(action: string, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      const name = awsErrorName(error);
      if (name === 'NotFound' || name === 'NotFoundException') throw this.#missing(error);
      throw awsFailure(error, { service: 'SNS', action, code: 'ALERTS_UNAVAILABLE' });
    }
  }
}
