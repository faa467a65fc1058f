// A client that knows an address and nothing else: every message and service is found by reflection.
// usage: node client.js HOST:PORT FUNCTION   prints one line of JSON for each thing that happens
import grpc from "@grpc/grpc-js";
import reflection from "grpc-js-reflection-client";

const [address, name] = process.argv.slice(2);
const credentials = grpc.credentials.createInsecure();
const service = "modulate.invocation.v1.InvocationService";

const say = (event) => console.log(JSON.stringify(event));

const server = new reflection.GrpcReflection(address, credentials, {}, "v1");
say({ services: (await server.listServices()).filter((found) => found.startsWith("modulate.")) });

const client = await reflection.serviceHelper({
    host: address,
    servicePath: service,
    credentials,
    proto_symbol: service,
    protoLoaderOptions: { keepCase: true, enums: String, longs: Number, oneofs: true },
});

const call = (method, request) =>
    new Promise((resolve, reject) => {
        const deadline = new Date(Date.now() + 60_000);
        client[method](request, { deadline }, (failure, answer) => (failure ? reject(failure) : resolve(answer)));
    });

const target = { function: { name: `functions/${name}` } };
const input = (value) => ({ media_type: "application/json", data: Buffer.from(JSON.stringify(value)) });

const invoked = await call("InvokeFunction", { target, input: input({ words: ["one"] }) });
say({
    state: invoked.invocation.state,
    output: JSON.parse(invoked.invocation.outcome.output.data.toString()),
});

const created = await call("CreateInvocation", { target, input: input({ words: ["two", "three"] }) });
const watch = client.WatchInvocation({ name: created.invocation.name });
let text = "";
for await (const message of watch) {
    if (message.output) {
        text += message.output.stream === "STREAM_RESULT" ? message.output.data.toString() : "";
    } else {
        say({ event: message.invocation.state });
    }
}
say({ streamed: text });

try {
    await call("InvokeFunction", { target: { function: { name: "functions/nobody-wrote" } } });
} catch (failure) {
    say({ refused: grpc.status[failure.code], details: failure.details });
}
client.close();
process.exit(0);
