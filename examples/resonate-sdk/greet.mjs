// A durable program beside the platform: it calls the deployed function hello once for each name, all at the same time.
// Start it again with the same id after it was killed: what is done is not done twice.
//
//     node greet.mjs ID NAME...
import { Resonate } from "@resonatehq/sdk";

// The routers of the cell "main". Whatever is sent there is a call of a deployed function.
const FUNCTIONS = "poll://any@router-main";

const resonate = new Resonate({ url: process.env.RESONATE_URL ?? "http://127.0.0.1:8080", group: "greeters" });

resonate.register("greetAll", function* (ctx, names) {
  const calls = [];
  for (const name of names) {
    calls.push(yield* ctx.beginRpc("hello", { name }, ctx.options({ target: FUNCTIONS })));
  }
  const greetings = [];
  for (const call of calls) {
    greetings.push((yield* call).greeting);
  }
  return greetings;
});

const [id, ...names] = process.argv.slice(2);
try {
  console.log((await resonate.run(id, "greetAll", names)).join("\n"));
} catch (error) {
  // A function that failed: error.name is the reason, such as FUNCTION_ERROR, error.stack the function's own trace.
  console.error(error.stack);
  process.exitCode = 1;
}
await resonate.stop();
process.exit();
