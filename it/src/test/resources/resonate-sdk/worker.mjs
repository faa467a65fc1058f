// A worker of the tests: node worker.mjs URL GROUP LEASE_MILLIS
import { appendFileSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Resonate } from "@resonatehq/sdk";

const [url, group, lease] = process.argv.slice(2);
const resonate = new Resonate({ url, group, ttl: Number(lease) });

resonate.register("add", (ctx, a, b) => a + b);

resonate.register("refuse", function* (ctx, why) {
  throw new RangeError(why);
});

resonate.register("square", (ctx, n) => ({ value: n * n, pid: process.pid }));

// Every part is a call of its own, which any worker of the group may take.
resonate.register("fanOut", function* (ctx, count) {
  const parts = [];
  for (let n = 1; n <= count; n++) {
    parts.push(yield* ctx.beginRpc("square", n, ctx.options({ target: group })));
  }
  let sum = 0;
  const workers = new Set();
  for (const part of parts) {
    const { value, pid } = yield* part;
    sum += value;
    workers.add(pid);
  }
  return { sum, workers: workers.size };
});

resonate.register("nap", function* (ctx, millis) {
  const before = yield* ctx.date.now();
  yield* ctx.sleep(millis);
  return (yield* ctx.date.now()) - before;
});

// Tells the id of a promise that somebody else has to settle, and waits for it.
resonate.register("ask", function* (ctx, file) {
  const answer = yield* ctx.promise();
  yield* ctx.run(() => {
    writeFileSync(`${file}.new`, answer.id);
    renameSync(`${file}.new`, file);
  });
  return { answer: yield* answer };
});

async function step(ctx, folder, number) {
  appendFileSync(`${folder}/begun`, `${number}\n`);
  while (number === 3 && !existsSync(`${folder}/go`)) {
    await pause(20);
  }
  appendFileSync(`${folder}/done`, `${number}\n`);
  return process.pid;
}

resonate.register("steps", function* (ctx, folder) {
  const pids = [];
  for (let number = 1; number <= 5; number++) {
    pids.push(yield* ctx.run(step, folder, number));
  }
  return pids;
});

// Calls functions that are deployed on the platform, side by side, and one that fails.
resonate.register("flow", function* (ctx, names) {
  const functions = ctx.options({ target: "poll://any@router-main" });
  const calls = [];
  for (const name of names) {
    calls.push(yield* ctx.beginRpc("greet", { name }, functions));
  }
  const greetings = [];
  for (const call of calls) {
    greetings.push(yield* call);
  }
  try {
    yield* ctx.rpc("fail", "by hand", functions);
  } catch (error) {
    return { greetings, caught: `${error.name} ${error.message}` };
  }
});

resonate.register("tick", (ctx, file) => appendFileSync(file, "tick\n"));
