package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.StoreException;
import java.sql.SQLException;
import java.util.Set;

/** What an error of the database means for us. */
final class Failures {
    /** What our own limits raise: the database is well, and a state of its own for this would say that it is not. */
    static final String OUR_LIMIT = "53400";

    /** Restarts, fail-overs and limits that pass: shutdown, crash, starting up, read-only, too many connections. */
    private static final Set<String> CONNECTION = Set.of("57P01", "57P02", "57P03", "57P05", "25006", "53300");

    /** Deadlock, serialization, and a statement that took too long: nothing was written, and a second try may do. */
    private static final Set<String> AGAIN = Set.of("40P01", "40001", "57014");

    private static final String THERE_ALREADY = "23505";

    private Failures() {}

    /** True when another connection may do better. */
    static boolean connection(SQLException e) {
        String state = e.getSQLState();
        return state == null || state.startsWith("08") || CONNECTION.contains(state);
    }

    /** True when the same statement may do better later. */
    static boolean passes(SQLException e) {
        return connection(e) || AGAIN.contains(e.getSQLState());
    }

    /** True when what was to be new is there. */
    static boolean thereAlready(SQLException e) {
        return THERE_ALREADY.equals(e.getSQLState());
    }

    static StoreException failed(String what, Object database, SQLException e) {
        return new StoreException(
                "promise store in " + database + ": " + what + " failed: " + e.getMessage() + " (" + e.getSQLState()
                        + ")",
                e);
    }
}
