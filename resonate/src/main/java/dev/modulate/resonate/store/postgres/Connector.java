package dev.modulate.resonate.store.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes connections to the database that a location names. */
final class Connector {
    /** On loopback a connection takes 10 ms; on a network that works, less than this. */
    private static final int CONNECT_SECONDS_MAX = 3;

    /** A server that says nothing for so long is taken for dead. Above the statement's own limit. */
    private static final int SILENCE_SECONDS_MAX = 20;

    private static final int STATEMENT_MILLIS_MAX = 15_000;

    /** One plan for any number of rows: by key, never by reading a table, however small it was when it was first asked. */
    private static final String PLANS = " -c plan_cache_mode=force_generic_plan -c jit=off"
            + " -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /** {@code [user[:password]@]host[:port][,...]/database[?parameters]} */
    private static final Pattern LOCATION =
            Pattern.compile("postgres(?:ql)?://(?:([^:@/?]+)(?::([^@/?]*))?@)?([^@/?]+)/([^?]+)(\\?.*)?");

    private final String url;
    private final String shown;
    private final Properties properties = new Properties();

    Connector(String location, @Nullable String password) {
        var matcher = LOCATION.matcher(location);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "store: not a PostgreSQL location (expected: postgresql://[user[:password]@]host[:port]/database)");
        }
        this.url = "jdbc:postgresql://" + matcher.group(3) + "/" + matcher.group(4)
                + (matcher.group(5) == null ? "" : matcher.group(5));
        this.shown = "postgresql://" + matcher.group(3) + "/" + matcher.group(4);
        put("user", matcher.group(1) == null ? null : decoded(matcher.group(1)));
        put("password", password != null ? password : matcher.group(2) == null ? null : decoded(matcher.group(2)));
        put("ApplicationName", "modulate-resonate");
        put("connectTimeout", Integer.toString(CONNECT_SECONDS_MAX));
        put("socketTimeout", Integer.toString(SILENCE_SECONDS_MAX));
        put("tcpKeepAlive", "true");
        put("options", "-c statement_timeout=" + STATEMENT_MILLIS_MAX + " -c synchronous_commit=on" + PLANS);
    }

    private static String decoded(String text) {
        return java.net.URLDecoder.decode(text.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
    }

    private void put(String name, @Nullable String value) {
        if (value != null) {
            properties.setProperty(name, value);
        }
    }

    /** A connection that commits each statement by itself. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url, properties);
    }

    /** The database without the password. */
    @Override
    public String toString() {
        return shown;
    }
}
