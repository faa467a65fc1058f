package dev.modulate.router.group;

/**
 * One start of a router of a group. Kept as the owner of the epoch's lease.
 *
 * @param id unique for each start
 * @param address where it is reached; no two routers that run at the same time have the same
 */
public record Member(String id, String address) {
    private static final char SEPARATOR = '@';

    /** As the store keeps it. */
    String pid() {
        return id + SEPARATOR + address;
    }

    /** Address of the owner of a lease; empty when it says none. */
    static String addressOf(String pid) {
        int at = pid.indexOf(SEPARATOR);
        return at < 0 ? "" : pid.substring(at + 1);
    }
}
