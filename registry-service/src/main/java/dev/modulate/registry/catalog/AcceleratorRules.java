package dev.modulate.registry.catalog;

import java.util.Optional;
import java.util.regex.Pattern;

/** What a need of accelerators must keep to, and which parts of it exclude each other. The first rule that is broken is told. */
final class AcceleratorRules {
    static final int DEVICES_MAX = 64;
    static final long DEVICE_MEMORY_BYTES_MAX = 16L << 40;
    static final int SHARE_MILLI_MAX = 999;

    private static final String FIELD = "function.spec.resources.accelerator.";
    private static final String MODEL_NAME = "[a-z0-9][a-z0-9._-]{0,62}";
    private static final Pattern MODEL = Pattern.compile("(" + MODEL_NAME + "(\\|" + MODEL_NAME + "){0,7})?");
    private static final Pattern MIG_PROFILE =
            Pattern.compile("(([1-9]c\\.)?[1-9][0-9]?g\\.[1-9][0-9]{0,3}gb(\\+[a-z0-9.]{1,16}){0,2})?");

    private AcceleratorRules() {}

    static Optional<Violation> check(Spec.Accelerator asked) {
        boolean slice = !asked.migProfile().isEmpty();
        return broken(
                        !MODEL.matcher(asked.model()).matches(),
                        "model",
                        asked.model(),
                        "lower-case letters, digits, dots and dashes, several divided by |, or empty")
                .or(() -> outside("device_count", asked.deviceCount(), DEVICES_MAX))
                .or(() -> outside("device_memory_bytes", asked.deviceMemoryBytes(), DEVICE_MEMORY_BYTES_MAX))
                .or(() -> outside("share_milli", asked.shareMilli(), SHARE_MILLI_MAX))
                .or(() -> broken(
                        asked.shareMilli() > 0 && asked.deviceMemoryBytes() == 0 && !slice,
                        "share_milli",
                        asked.shareMilli(),
                        "0, or device_memory_bytes set too: a share has both"))
                .or(() -> broken(
                        !MIG_PROFILE.matcher(asked.migProfile()).matches(),
                        "mig_profile",
                        asked.migProfile(),
                        "a profile such as 1g.10gb, or empty"))
                .or(() -> slice ? slice(asked) : Optional.empty())
                .or(() -> links(asked))
                .or(() -> broken(
                        asked.isolation() == DeviceIsolation.UNKNOWN,
                        "isolation",
                        asked.isolation(),
                        "tenant, function, none or unspecified"));
    }

    private static Optional<Violation> slice(Spec.Accelerator asked) {
        String rule = "left out, since mig_profile is " + asked.migProfile();
        return broken(
                        asked.deviceCount() > 1,
                        "device_count",
                        asked.deviceCount(),
                        "0 or 1, since a slice is one device")
                .or(() -> broken(asked.deviceMemoryBytes() > 0, "device_memory_bytes", asked.deviceMemoryBytes(), rule))
                .or(() -> broken(asked.shareMilli() > 0, "share_milli", asked.shareMilli(), rule));
    }

    private static Optional<Violation> links(Spec.Accelerator asked) {
        return broken(asked.link() == DeviceLink.UNKNOWN, "link", asked.link(), "preferred, required or unspecified")
                .or(() -> broken(
                        asked.link() == DeviceLink.REQUIRED && asked.deviceCount() < 2,
                        "link",
                        asked.link(),
                        "not required, unless device_count is 2 or more"));
    }

    private static Optional<Violation> outside(String field, long value, long max) {
        return broken(value < 0 || value > max, field, value, "0 to " + max);
    }

    private static Optional<Violation> broken(boolean broken, String field, Object value, String rule) {
        return broken ? Optional.of(new Violation(FIELD + field, String.valueOf(value), rule)) : Optional.empty();
    }
}
