package dev.modulate.router.scheduling;

import dev.modulate.router.placement.Needs;

/** What copies that stay may take of a cell: a part of its device memory, and of its slots for those without devices. */
final class PinQuota {
    private final double share;
    private double bytesLeft;
    private double slotsLeft;
    private double bytesMax;
    private double slotsMax;
    private long largestDeviceBytes;

    PinQuota(Iterable<Site> sites, double share) {
        this.share = share;
        for (var site : sites) {
            for (var device : site.view().devices()) {
                bytesMax += site.slots() > 0 ? device.profile().memoryBytes() : 0;
                largestDeviceBytes =
                        Math.max(largestDeviceBytes, device.profile().memoryBytes());
            }
            slotsMax += site.slots();
        }
        bytesMax *= share;
        slotsMax *= share;
        bytesLeft = bytesMax;
        slotsLeft = slotsMax;
    }

    /** Takes as many of these copies as there is room for. */
    int take(Kept kept, int copies) {
        int taken = 0;
        while (taken < copies && allows(kept)) {
            bytesLeft -= bytes(kept);
            slotsLeft -= slots(kept);
            taken++;
        }
        return taken;
    }

    boolean allows(Kept kept) {
        return bytes(kept) <= bytesLeft && slots(kept) <= slotsLeft;
    }

    /** Why one more copy is not allowed. */
    String words(Kept kept) {
        String percent = Math.round(share * 100) + " %";
        return bytes(kept) == 0
                ? "pin quota: %.0f of at most %.0f instances (%s of the cell's slots, router.pinned-max) are kept"
                        .formatted(slotsMax - slotsLeft, slotsMax, percent)
                : "pin quota: %.0f of at most %.0f bytes (%s of the cell's device memory, router.pinned-max) are kept, one copy takes %d"
                        .formatted(bytesMax - bytesLeft, bytesMax, percent, bytes(kept));
    }

    private long bytes(Kept kept) {
        Needs needs = kept.pin.needs();
        return needs.deviceCount() * (needs.deviceCount() == 0 ? 0 : kept.model.bytesOf(largestDeviceBytes));
    }

    private static int slots(Kept kept) {
        return kept.pin.needs().deviceCount() == 0 ? 1 : 0;
    }
}
