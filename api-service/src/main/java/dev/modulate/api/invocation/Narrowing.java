package dev.modulate.api.invocation;

import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.v1.FunctionSpec;
import dev.modulate.registry.v1.Placement;
import io.grpc.StatusRuntimeException;
import java.util.Map;
import java.util.Optional;

/** Where one call may run: what its function demands, and what the call demands beside it. */
final class Narrowing {
    private Narrowing() {}

    /** The spec with the call's demands alone, for a check of these. */
    static FunctionSpec alone(FunctionSpec spec, Placement call) {
        return spec.toBuilder().setPlacement(call).build();
    }

    /** Why no node can do both: a label of the call has another value than the function demands. */
    static Optional<StatusRuntimeException> contradiction(FunctionSpec spec, Placement call) {
        var demanded = spec.getPlacement().getRequiredNodeLabelsMap();
        return call.getRequiredNodeLabelsMap().entrySet().stream()
                .filter(label -> !label.getValue().equals(demanded.getOrDefault(label.getKey(), label.getValue())))
                .min(Map.Entry.comparingByKey())
                .map(label -> GrpcErrors.invalid(
                        "placement.required_node_labels[" + label.getKey() + "]",
                        label.getValue(),
                        "\"" + demanded.get(label.getKey()) + "\", which the function demands"));
    }

    /** The spec with both. Pool and preference of the call win; labels and rules hold together. */
    static FunctionSpec both(FunctionSpec spec, Placement call) {
        var function = spec.getPlacement();
        var both = function.toBuilder().putAllRequiredNodeLabels(call.getRequiredNodeLabelsMap());
        if (!call.getPool().isEmpty()) {
            both.setPool(call.getPool());
        }
        if (!call.getPreferredRule().isEmpty()) {
            both.setPreferredRule(call.getPreferredRule());
        }
        if (!call.getRule().isEmpty()) {
            both.setRule(
                    function.getRule().isEmpty()
                            ? call.getRule()
                            : "(" + function.getRule() + ") && (" + call.getRule() + ")");
        }
        return spec.toBuilder().setPlacement(both).build();
    }
}
