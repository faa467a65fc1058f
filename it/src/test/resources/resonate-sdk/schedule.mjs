// Creates a schedule: node schedule.mjs URL NAME CRON FUNC TARGET ARGS
import { Resonate } from "@resonatehq/sdk";

const [url, name, cron, func, target, args] = process.argv.slice(2);
const resonate = new Resonate({ url, group: "schedulers" });
await resonate.schedule(name, cron, func, ...JSON.parse(args), resonate.options({ target, timeout: 60_000 }));
await resonate.stop();
process.exit();
