package dev.modulate.resonate.server.delivery;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where messages may be pushed to. Whoever may create a promise chooses the address, so that a server without rules posts
 * to any address its callers name.
 *
 * @param any true when every host is allowed
 * @param hosts names in lower case, each for all its ports or with the one that is allowed
 * @param token sent as a bearer token with each push; empty for none
 */
public record PushRules(boolean any, Set<String> hosts, String token) {
    public PushRules {
        hosts = Set.copyOf(hosts);
    }

    /** @param words {@code any}, {@code none}, or hosts */
    public static PushRules of(List<String> words, String token) {
        if (words.equals(List.of("any"))) {
            return new PushRules(true, Set.of(), token);
        }
        if (words.isEmpty() || words.equals(List.of("none"))) {
            return new PushRules(false, Set.of(), token);
        }
        return new PushRules(
                false, words.stream().map(word -> word.toLowerCase(Locale.ROOT)).collect(Collectors.toSet()), token);
    }

    boolean allow(URI address) {
        String host = address.getHost();
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        int port =
                address.getPort() >= 0 ? address.getPort() : "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
        return any || hosts.contains(name) || hosts.contains(name + ":" + port);
    }
}
