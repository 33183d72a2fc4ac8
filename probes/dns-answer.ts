import { answerQuery } from '../wire/dns.ts';
import type { Channel } from './channel.ts';
import { recordsFor } from './dns-query.ts';
import { framed, messagesOf } from './dns-stream.ts';
import type { AnswerOptions } from './probe.ts';
import type { World } from './world.ts';

/** Seconds that the answering half waits for the next query of a client. */
const patience = 30;

/** Queries answered on one connection. */
const mostQueries = 100;

/** Answers queries over a stream until the client leaves it, falls silent, or says what is no query. */
export const answer = async (channel: Channel, options: AnswerOptions, world: World): Promise<void> => {
  const messages = messagesOf();
  let answered = 0;
  for (;;) {
    const received = await channel.receive(world.clock.monotonic() + patience);
    if (received.kind !== 'bytes') break;
    messages.push(received.bytes);
    for (let query = messages.next(); query; query = messages.next()) {
      const response = answered++ < mostQueries ? answerQuery(query, recordsFor(options, query)) : null;
      if (!response) return channel.close('reset');
      channel.send(framed(response));
    }
  }
  channel.close('politely');
};
