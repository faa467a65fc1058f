package dev.modulate.router.foreign;

import com.google.protobuf.ByteString;
import dev.modulate.resonate.protocol.Promise;
import dev.modulate.resonate.sdk.SdkParam;
import dev.modulate.router.wire.AttemptFailure;
import dev.modulate.router.wire.PromiseRecords;

/** What a program of an SDK asks this platform for, or why it cannot be done. */
public sealed interface SdkCall {
    int INPUT_BYTES_MAX = 384 * 1024;

    /** @param input of the function, as JSON */
    record Asked(Deployed.Wanted wanted, ByteString input) implements SdkCall {}

    record Wrong(AttemptFailure failure) implements SdkCall {}

    /**
     * Reads the param. The function is {@code NAME} or {@code NAME@QUALIFIER}. No argument is the event {@code null}, one
     * is the event itself, several are an event that is their list.
     */
    static SdkCall read(Promise promise, String defaultTenant) {
        return switch (SdkParam.read(promise.param())) {
            case SdkParam.Wrong(String message) -> invalid(message);
            case SdkParam.Call call -> {
                String tenant = promise.tags().getOrDefault(PromiseRecords.TENANT, defaultTenant);
                yield check(call, tenant, promise.id());
            }
        };
    }

    private static SdkCall check(SdkParam.Call call, String tenant, String promiseId) {
        if (!SdkNames.TENANT.matcher(tenant).matches()) {
            return invalid(
                    PromiseRecords.TENANT + ": \"" + tenant + "\" (expected: " + SdkNames.TENANT.pattern() + ")");
        }
        var name = SdkNames.FUNCTION.matcher(call.func());
        if (!name.matches()) {
            return invalid("func: \"" + call.func() + "\" (expected: " + SdkNames.FUNCTION_RULE + ")");
        }
        var input = ByteString.copyFromUtf8(
                switch (call.count()) {
                    case 0 -> "null";
                    case 1 -> call.onlyArgument();
                    default -> call.arguments();
                });
        if (input.size() > INPUT_BYTES_MAX) {
            return new Wrong(AttemptFailure.unretryable(
                    AttemptFailure.INPUT_TOO_LARGE,
                    "args: " + input.size() + " bytes (expected: at most " + INPUT_BYTES_MAX + ")"));
        }
        String qualifier = name.group(2) == null || name.group(2).equals("latest") ? "" : name.group(2);
        return new Asked(new Deployed.Wanted(tenant, "functions/" + name.group(1), qualifier, promiseId), input);
    }

    private static SdkCall invalid(String message) {
        return new Wrong(AttemptFailure.unretryable(AttemptFailure.INVALID_CALL, message));
    }
}
