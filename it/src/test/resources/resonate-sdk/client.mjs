// Calls functions side by side: node client.mjs URL TIMEOUT_MILLIS CALL... where a call is JSON with id, func, args and target.
// Prints {"value": ...} or {"error": ...} for each, in the order of the calls.
import { Resonate } from "@resonatehq/sdk";

const [url, timeout, ...calls] = process.argv.slice(2);
const resonate = new Resonate({ url, group: "clients" });

// What has no target is run here.
resonate.register("sum", function* (ctx, numbers) {
  let sum = 0;
  for (const number of numbers) {
    sum = yield* ctx.run((_, a, b) => a + b, sum, number);
  }
  return sum;
});

async function outcome({ id, func, args, target, tags }) {
  const options = resonate.options({ target: target || undefined, timeout: Number(timeout), tags });
  try {
    const value = await (target ? resonate.rpc(id, func, ...args, options) : resonate.run(id, func, ...args, options));
    return { value };
  } catch (error) {
    return { error: { name: error?.name, message: error?.message, stack: error?.stack } };
  }
}

for (const result of await Promise.all(calls.map((call) => outcome(JSON.parse(call))))) {
  console.log(JSON.stringify(result));
}
await resonate.stop();
process.exit(0);
