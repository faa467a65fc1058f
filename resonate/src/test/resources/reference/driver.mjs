// Drives the in-memory server of @resonatehq/sdk: one request a line on stdin, one answer a line on stdout.
// Time comes with each request. Usage: node driver.mjs PATH_TO_local.js
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { Server } = await import(pathToFileURL(process.argv[2]).href);
const server = new Server();

function ask(now, request) {
  try {
    const response = server.apply(now, request).response;
    return { status: response.head.status, data: response.data };
  } catch (error) {
    return { status: 500, data: String(error) };
  }
}

// Its background pass leaves promises without a target alone; whoever reads one settles it.
function settleOthers(now) {
  let settled = 0;
  for (const promise of [...server.promises.values()]) {
    if (promise.state === 'pending' && promise.timeoutAt <= now) {
      ask(now, { kind: 'promise.get', head: {}, data: { id: promise.id } });
      settled++;
    }
  }
  return settled;
}

const answers = [];
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const now = request.head['resonate:debug_time'];
  const answer = ask(now, request);
  if (request.kind === 'debug.tick') {
    answer.settled = settleOthers(now);
  }
  answers.push(JSON.stringify(answer));
}
process.stdout.write(answers.join('\n') + '\n');
