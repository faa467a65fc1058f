package dev.modulate.it.platform;

import dev.modulate.invocation.v1.CreateInvocationRequest;
import dev.modulate.invocation.v1.Invocation;
import dev.modulate.invocation.v1.InvokeFunctionRequest;
import dev.modulate.invocation.v1.WatchInvocationResponse;

/** The three ways to come by the outcome of a call. */
public enum Way {
    /** One InvokeFunction. */
    SYNC {
        @Override
        public Invocation call(PlatformClient client, CreateInvocationRequest request) {
            return client.invoke(InvokeFunctionRequest.newBuilder()
                    .setInvocationId(request.getInvocationId())
                    .setTarget(request.getTarget())
                    .setInput(request.getInput())
                    .setTtl(request.getTtl())
                    .build());
        }
    },
    /** CreateInvocation, then WaitInvocation; GetInvocation says the same. */
    ASYNC {
        @Override
        public Invocation call(PlatformClient client, CreateInvocationRequest request) {
            var waited = client.await(client.create(request).getName());
            var got = client.get(waited.getName());
            if (!got.equals(waited)) {
                throw new AssertionError("waited for:\n" + waited + "\nbut got:\n" + got);
            }
            return got;
        }
    },
    /** CreateInvocation, then the last event of WatchInvocation. */
    WATCH {
        @Override
        public Invocation call(PlatformClient client, CreateInvocationRequest request) {
            return client.watch(client.create(request).getName()).stream()
                    .filter(WatchInvocationResponse::hasInvocation)
                    .map(WatchInvocationResponse::getInvocation)
                    .reduce((_, last) -> last)
                    .orElseThrow();
        }
    };

    /**
     * Calls and returns when the call has its outcome.
     *
     * @param request with a ttl
     */
    public abstract Invocation call(PlatformClient client, CreateInvocationRequest request);
}
