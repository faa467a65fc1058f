package dev.modulate.api.invocation;

import dev.modulate.invocation.v1.InvocationRecord;

/**
 * A call that may be dispatched.
 *
 * @param taskId its promise
 * @param timeoutAtMillis when the promise times out, since the epoch
 */
record Call(String taskId, InvocationRecord record, String requestSha256, long timeoutAtMillis) {
    String invocationId() {
        return record.getInvocationId();
    }

    /** Name of the function, or empty for an inline target. */
    String function() {
        return record.getTarget().getFunction().getName();
    }
}
