package dev.modulate.router.placement;

import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one node has loaded of one function: as it said last, and how many instances are idle, less what was placed since, plus
 * what finished. Whoever asks often keeps it, since to look it up costs more than the rest: when the node has nothing of the
 * function any more, it says so, and what is loaded later is another one.
 */
public final class Loaded {
    /** Devices beyond these of one node are not told apart: what lies on one of them is taken to lie on all. */
    private static final int DEVICES_TOLD_APART = Long.SIZE;

    /** On every device. */
    public static final long EVERYWHERE = -1;

    private final FunctionKey function;
    private @Nullable Residency residency;
    private long devices;
    private int idle;

    /** Whether somebody has said how many are idle. */
    private boolean counted;

    Loaded(FunctionKey function) {
        this.function = function;
    }

    public FunctionKey function() {
        return function;
    }

    /** Null when the node has not spoken of it. */
    public @Nullable Residency residency() {
        return residency;
    }

    /** Where its instances lie, a bit for each device of the node; none when the node has not said. */
    public long devices() {
        return devices;
    }

    /** Instances believed to be idle. */
    public int idleCount() {
        return Math.max(0, idle);
    }

    /** Whether an instance is up, as far as is known. */
    public boolean isUp() {
        return idle > 0
                || (residency != null && (residency.tier() == Residency.Tier.DEVICE || residency.instanceCount() > 0));
    }

    /** The bit of a device, numbered from zero, among those of {@link #devices}; none when it is not told apart, or negative. */
    public static long bit(int device) {
        return device < 0 || device >= DEVICES_TOLD_APART ? 0 : 1L << device;
    }

    boolean isNothing() {
        return residency == null && !counted;
    }

    void forget() {
        residency = null;
        devices = 0;
        forgetIdle();
    }

    /** @param deviceIndex which of the node's devices that is; -1 when it is none of them */
    void said(Residency next, ToIntFunction<DeviceId> deviceIndex) {
        residency = next;
        devices = 0;
        for (var device : next.devices()) {
            int index = deviceIndex.applyAsInt(device);
            devices |= index < DEVICES_TOLD_APART ? bit(index) : EVERYWHERE;
        }
    }

    void idle(int count) {
        idle = count;
        counted = true;
    }

    private void forgetIdle() {
        idle = 0;
        counted = false;
    }

    /** What was counted since the node said it does not count. */
    void asSaid() {
        if (residency == null) {
            forgetIdle();
        } else {
            idle(residency.idleCount());
        }
    }

    void placed() {
        if (counted) {
            idle--;
        }
    }

    void freed() {
        idle(idle + 1);
    }
}
