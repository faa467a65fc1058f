package dev.modulate.router.placement;

/** The vendor's unique id of an accelerator, or of one partition of it. */
public record DeviceId(String value) {
    public DeviceId {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("device_id: \"\" (expected: not empty)");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
