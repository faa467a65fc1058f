package dev.modulate.executor.instance;

import dev.modulate.executor.call.Isolation;
import dev.modulate.executor.call.Program;
import dev.modulate.executor.call.Reservation;

/**
 * Who may live on a device beside whom. The router keeps apart what runs; an instance that is idle still holds its device, and
 * under MPS a fault of one process ends all of them.
 */
public final class Company {
    private Company() {}

    /** True when they share no device, too. */
    static boolean bear(PooledInstance there, Program program, Reservation part) {
        return there.reservations.stream()
                .filter(each -> each.deviceId().equals(part.deviceId()))
                .allMatch(each -> bear(there.program, each.isolation(), program, part.isolation()));
    }

    /** True for two of one function, and for those who both agree. */
    public static boolean bear(Program one, Isolation ofOne, Program other, Isolation ofOther) {
        if (one.functionKey().equals(other.functionKey())) {
            return true;
        }
        if (ofOne == Isolation.FUNCTION || ofOther == Isolation.FUNCTION) {
            return false;
        }
        return one.tenant().equals(other.tenant()) || (ofOne == Isolation.NONE && ofOther == Isolation.NONE);
    }
}
