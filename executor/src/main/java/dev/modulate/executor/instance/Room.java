package dev.modulate.executor.instance;

import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import dev.modulate.executor.device.Accelerator;
import dev.modulate.executor.device.AcceleratorLoad;
import dev.modulate.executor.device.Devices;
import dev.modulate.executor.instance.PooledInstance.State;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Who has to go so that one more instance can start: idle ones, the one that was used longest ago first, and what is kept
 * only for a call. Owned by the lane.
 */
final class Room {
    private final Devices devices;
    private final Leaving leaving;
    private final int slots;
    private final Supplier<Stream<PooledInstance>> all;
    private final Consumer<PooledInstance> remove;
    private Map<String, Integer> pins = Map.of();

    /** Whether room was made. */
    enum Made {
        YES,
        /** When somebody is done, or what leaves has left. */
        LATER,
        /** Not beside what runs and what is kept. */
        NO
    }

    /** @param slots of the node: instances that calls find room for, beside what is kept */
    Room(
            Devices devices,
            Leaving leaving,
            int slots,
            Supplier<Stream<PooledInstance>> all,
            Consumer<PooledInstance> remove) {
        this.devices = devices;
        this.leaving = leaving;
        this.slots = slots;
        this.all = all;
        this.remove = remove;
    }

    /** How many instances of which functions stay from now on. */
    void pins(Map<String, Integer> next) {
        pins = Map.copyOf(next);
    }

    /** Whether it is one of those that stay. */
    boolean keeps(PooledInstance pooled) {
        int count = pins.getOrDefault(pooled.program.functionKey(), 0);
        return count > 0
                && all.get()
                                .filter(each -> each.program.functionKey().equals(pooled.program.functionKey()))
                                .count()
                        <= count;
    }

    /** For a call: the router has set the devices aside, so it counts on them whatever is here. */
    Made forCall(Program program, List<Reservation> reservations) {
        while (all.get().filter(pooled -> !isKeptIdle(pooled)).count() >= slots) {
            if (!evict(pooled -> !keeps(pooled))) {
                return Made.LATER;
            }
        }
        for (Reservation part : reservations) {
            removeStrangers(program, part);
            while (!fits(part)) {
                if (!evict(pooled -> holds(pooled, part) && !keeps(pooled)) && !evict(pooled -> holds(pooled, part))) {
                    break; // The router set it aside: it knows better, or the driver will refuse.
                }
            }
        }
        return leaving.leaveRoomFor(reservations) ? Made.YES : Made.LATER;
    }

    /** For a load: nobody waits for it, so nothing that is kept or used goes. */
    Made forLoad(Program program, List<Reservation> reservations) {
        if (all.get().filter(this::stays).count() >= slots + loadsBeside()
                || !reservations.stream().allMatch(part -> couldFit(program, part))) {
            return Made.NO;
        }
        while (all.get().count() >= slots + loadsBeside()) {
            evict(pooled -> !keeps(pooled));
        }
        for (Reservation part : reservations) {
            removeStrangers(program, part);
            while (!fits(part)) {
                evict(pooled -> holds(pooled, part) && !keeps(pooled));
            }
        }
        return leaving.leaveRoomFor(reservations) ? Made.YES : Made.LATER;
    }

    /** Instances that loads may bring beside one for each slot. */
    private int loadsBeside() {
        return slots / 2 + 1;
    }

    private boolean couldFit(Program program, Reservation part) {
        long staying = all.get()
                .filter(this::stays)
                .mapToLong(pooled -> pooled.reservedBytes(part.deviceId()))
                .sum();
        return staying + part.memoryBytes() <= capacity(part)
                && all.get().filter(this::stays).allMatch(pooled -> Company.bear(pooled, program, part));
    }

    private boolean stays(PooledInstance pooled) {
        return pooled.state != State.IDLE || keeps(pooled);
    }

    private boolean isKeptIdle(PooledInstance pooled) {
        return pooled.state == State.IDLE && keeps(pooled);
    }

    private static boolean holds(PooledInstance pooled, Reservation part) {
        return pooled.reservedBytes(part.deviceId()) > 0;
    }

    private void removeStrangers(Program program, Reservation part) {
        all.get()
                .filter(pooled -> pooled.state == State.IDLE)
                .filter(pooled -> !Company.bear(pooled, program, part))
                .toList()
                .forEach(remove);
    }

    private boolean fits(Reservation part) {
        long reserved = all.get()
                .mapToLong(pooled -> pooled.reservedBytes(part.deviceId()))
                .sum();
        return reserved + part.memoryBytes() <= capacity(part);
    }

    /** What all can have together. Who takes a whole device has seen to it that strangers do not matter there. */
    private long capacity(Reservation part) {
        long all = devices.list().stream()
                .filter(device -> device.deviceId().equals(part.deviceId()))
                .mapToLong(Accelerator::capacityBytes)
                .sum();
        return part.isWhole() ? all : all - foreignBytes(part);
    }

    private long foreignBytes(Reservation part) {
        return devices.loads().stream()
                .filter(load -> load.deviceId().equals(part.deviceId()))
                .mapToLong(AcceleratorLoad::memoryForeignBytes)
                .sum();
    }

    private boolean evict(Predicate<PooledInstance> candidates) {
        Optional<PooledInstance> oldest = all.get()
                .filter(pooled -> pooled.state == State.IDLE)
                .filter(candidates)
                .min(Comparator.comparingLong(pooled -> pooled.idleSinceNanos));
        oldest.ifPresent(remove);
        return oldest.isPresent();
    }
}
