package dev.modulate.router;

import dev.modulate.observability.settings.SettingsReader;
import dev.modulate.router.dispatch.DispatchRules;
import dev.modulate.router.scheduling.SchedulingPolicy;
import dev.modulate.router.scheduling.WarmQueueRules;
import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Settings of a router.
 *
 * @param resonateUrl where promises are kept
 * @param resonateToken for that server; empty for none
 * @param registry which says what functions there are, host:port
 * @param sdkTenant of calls of SDK programs that name no tenant
 * @param policy which scheduler decides where and when calls start
 * @param queue how calls that wait are ordered
 * @param epochLease time after which a standby takes over from a router that died
 * @param advertisedAddress where others reach it; empty takes the host's name and the port
 */
public record RouterSettings(
        String host,
        int port,
        URI resonateUrl,
        String resonateToken,
        String registry,
        String sdkTenant,
        DispatchRules rules,
        SchedulingPolicy policy,
        WarmQueueRules queue,
        Duration epochLease,
        String advertisedAddress) {
    private static final Pattern CELL = Pattern.compile("[a-z0-9-]{1,32}");
    private static final Pattern TENANT = Pattern.compile("[a-z0-9-]{1,32}");
    private static final Pattern SEPARATOR = Pattern.compile("[.:/~-]");
    private static final Pattern URL = Pattern.compile("https?://\\S+");
    private static final int PORT = 8082;
    private static final int PERCENT_MAX = 100;
    private static final int BACKGROUND_PERCENT = 0;
    private static final int PINNED_PERCENT = 50;
    private static final int QUEUE_MAX = 10_000;

    /** Whoever floods the queue leaves room for others. */
    private static final int TENANT_QUEUE_MAX = 9_000;

    /** The router's own limit comes first: it counts calls on their way into the queue too. */
    private static final int QUEUE_COUNT_MAX = 1_000_000;

    private static final Duration STALE_AFTER = Duration.ofSeconds(3);
    private static final Duration REATTACH_GRACE = Duration.ofMillis(250);
    private static final Duration LEASE_TTL = Duration.ofSeconds(10);
    private static final Duration REPORT_PERIOD = Duration.ofSeconds(1);
    private static final Duration EPOCH_LEASE = Duration.ofSeconds(3);
    private static final int LOSSES_MAX = 10;

    public static RouterSettings read(SettingsReader reader) {
        return new RouterSettings(
                reader.text("router.host", "127.0.0.1", "address to bind"),
                reader.port("router.port", PORT, "port to bind"),
                URI.create(reader.text("resonate.url", "http://127.0.0.1:8001", URL, "where promises are kept")),
                reader.text("resonate.token", "", "token for the promise server; a secret, so file: or env:"),
                reader.text("router.registry", "127.0.0.1:8081", "the registry, host:port"),
                reader.text("router.sdk-tenant", "default", TENANT, "tenant of SDK programs that name none"),
                rules(reader),
                reader.choice(
                        "router.policy",
                        SchedulingPolicy.WQ,
                        "which scheduler binds calls to nodes: wq is the warm queue, the others are there to compare"),
                queue(reader),
                reader.duration(
                        "router.epoch-lease",
                        EPOCH_LEASE,
                        Duration.ofMillis(300),
                        Duration.ofMinutes(1),
                        "time after which a standby takes over from a router that died"),
                reader.text(
                        "router.advertised-address",
                        "",
                        "address of this router; empty takes the host's name and the port"));
    }

    private static WarmQueueRules queue(SettingsReader reader) {
        boolean shortFirst = reader.flag(
                "router.short-first", false, "order by waiting time against expected run, not by age alone");
        var rules = WarmQueueRules.DEFAULT.withDiscipline(
                shortFirst ? WarmQueueRules.Discipline.RESPONSE_RATIO : WarmQueueRules.Discipline.OLDEST);
        int background = reader.integer(
                "router.background-loads",
                BACKGROUND_PERCENT,
                0,
                PERCENT_MAX,
                "percent of slot time for loads that no call is bound to; 0 orders none");
        int pinned = reader.integer(
                "router.pinned-max",
                PINNED_PERCENT,
                0,
                PERCENT_MAX,
                "percent of the cell's device memory, and of its slots, that pinned copies may take");
        return rules.withBackgroundShare(background / (double) PERCENT_MAX)
                .withPinnedShare(pinned / (double) PERCENT_MAX)
                .withQueue(
                        QUEUE_COUNT_MAX,
                        reader.integer(
                                "router.tenant-queue-max",
                                TENANT_QUEUE_MAX,
                                1,
                                QUEUE_COUNT_MAX,
                                "calls of one tenant that may wait"));
    }

    /** Where this router is reached, and what no other router of its cell may be called. */
    public String address(String hostName) {
        return advertisedAddress.isEmpty() ? hostName + ":" + port : advertisedAddress;
    }

    private static DispatchRules rules(SettingsReader reader) {
        return new DispatchRules(
                reader.text("router.cell", "main", CELL, "cell whose calls the router takes"),
                reader.integer("router.queue-max", QUEUE_MAX, 1, 1_000_000, "calls owned that no node has"),
                duration(reader, "router.stale-after", STALE_AFTER, "age of a report that ends trust in its node"),
                duration(reader, "router.reattach-grace", REATTACH_GRACE, "time a node has to come back"),
                duration(reader, "router.lease-ttl", LEASE_TTL, "length of a lease"),
                duration(reader, "router.report-period", REPORT_PERIOD, "how often nodes report"),
                reader.integer("router.losses-max", LOSSES_MAX, 1, 1_000, "nodes that may be lost under one call"),
                reader.text("router.child-separator", ".", SEPARATOR, "between a promise id and a failed attempt"));
    }

    private static Duration duration(SettingsReader reader, String key, Duration byDefault, String meaning) {
        return reader.duration(key, byDefault, Duration.ofMillis(10), Duration.ofHours(1), meaning);
    }
}
