package dev.modulate.registry.proto;

import com.google.protobuf.FieldMask;
import com.google.protobuf.util.FieldMaskUtil;
import dev.modulate.observability.server.GrpcErrors;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.v1.Function;

/** Which fields of a spec an update writes. */
public final class SpecMask {
    private static final String SPEC = "spec";

    private SpecMask() {}

    /** The mask, unless it names what there is not or what a caller may not write. */
    public static FieldMask check(FieldMask mask) {
        for (String path : mask.getPathsList()) {
            boolean below = path.equals(SPEC) || path.startsWith(SPEC + ".");
            if (!below || !FieldMaskUtil.isValid(Function.getDescriptor(), path)) {
                throw GrpcErrors.invalid("update_mask", path, "spec, or a field below it such as spec.handler");
            }
        }
        return mask;
    }

    /** The stored spec with the fields of the mask as asked; an empty mask takes all of them. */
    public static Spec apply(FieldMask mask, Spec stored, Function asked) {
        if (mask.getPathsCount() == 0) {
            return SpecProto.read(asked.getSpec());
        }
        var merged = Function.newBuilder().setSpec(SpecProto.write(stored));
        var replacing = new FieldMaskUtil.MergeOptions()
                .setReplaceMessageFields(true)
                .setReplaceRepeatedFields(true)
                .setReplacePrimitiveFields(true);
        FieldMaskUtil.merge(mask, asked, merged, replacing);
        return SpecProto.read(merged.getSpec());
    }
}
