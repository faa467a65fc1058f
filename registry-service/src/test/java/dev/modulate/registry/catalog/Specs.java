package dev.modulate.registry.catalog;

import java.util.Map;
import java.util.function.UnaryOperator;

/** Specs to begin with. */
public final class Specs {
    public static final String DIGEST = "0123456789abcdef".repeat(4);

    public static final Spec PYTHON = new Spec(
            new Spec.Code(FunctionRuntime.PYTHON, DIGEST, "app.handler", ""),
            new Spec.Resources(0, 0, null),
            new Spec.Running(null, 0, Durability.DURABLE),
            Spec.Retry.NONE,
            Spec.Scaling.DEFAULT,
            Spec.Placement.ANYWHERE,
            Map.of(),
            Map.of());

    private Specs() {}

    public static Spec handler(String handler) {
        return code(code -> new Spec.Code(code.runtime(), code.artifactSha256(), handler, code.inputMediaType()));
    }

    static Spec code(UnaryOperator<Spec.Code> change) {
        return with(change.apply(PYTHON.code()), PYTHON.resources(), PYTHON.running(), PYTHON.retry());
    }

    static Spec resources(Spec.Resources resources) {
        return with(PYTHON.code(), resources, PYTHON.running(), PYTHON.retry());
    }

    static Spec running(Spec.Running running) {
        return with(PYTHON.code(), PYTHON.resources(), running, PYTHON.retry());
    }

    static Spec retry(Spec.Retry retry) {
        return with(PYTHON.code(), PYTHON.resources(), PYTHON.running(), retry);
    }

    static Spec scaling(Spec.Scaling scaling) {
        return new Spec(
                PYTHON.code(),
                PYTHON.resources(),
                PYTHON.running(),
                PYTHON.retry(),
                scaling,
                PYTHON.placement(),
                Map.of(),
                Map.of());
    }

    static Spec placement(Spec.Resources resources, Spec.Placement placement) {
        return new Spec(
                PYTHON.code(),
                resources,
                PYTHON.running(),
                PYTHON.retry(),
                PYTHON.scaling(),
                placement,
                Map.of(),
                Map.of());
    }

    public static Spec maps(Map<String, String> environment, Map<String, String> labels) {
        return new Spec(
                PYTHON.code(),
                PYTHON.resources(),
                PYTHON.running(),
                PYTHON.retry(),
                PYTHON.scaling(),
                PYTHON.placement(),
                environment,
                labels);
    }

    private static Spec with(Spec.Code code, Spec.Resources resources, Spec.Running running, Spec.Retry retry) {
        return new Spec(code, resources, running, retry, PYTHON.scaling(), PYTHON.placement(), Map.of(), Map.of());
    }
}
