package dev.modulate.executor.run;

import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;
import java.util.List;
import java.util.stream.Stream;

/**
 * What executions and loads hold of one device.
 *
 * @param guests one for each of them
 */
public record DeviceUse(List<Guest> guests) {
    public static final DeviceUse NONE = new DeviceUse(List.of());

    /** Who holds which part of it. */
    public record Guest(Program program, Reservation part) {}

    public DeviceUse {
        guests = List.copyOf(guests);
    }

    static DeviceUse of(Program program, Reservation part) {
        return new DeviceUse(List.of(new Guest(program, part)));
    }

    DeviceUse and(DeviceUse other) {
        return new DeviceUse(
                Stream.concat(guests.stream(), other.guests.stream()).toList());
    }

    public int running() {
        return guests.size();
    }

    /** Set aside for them by the router. */
    long memoryBytes() {
        return guests.stream().mapToLong(guest -> guest.part.memoryBytes()).sum();
    }

    /** Compute that the router has given them, in thousandths of the device. */
    int shareMillis() {
        return guests.stream().mapToInt(guest -> guest.part.shareMillis()).sum();
    }
}
