package dev.modulate.api.admission;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32;

/** Which version a qualifier names. */
public final class Pinning {
    private static final int PERCENT = 100;
    private static final String LATEST = "latest";

    private Pinning() {}

    /** A version and its share of calls in percent. */
    public record Share(long version, int weightPercent) {}

    /** What a qualifier of one function can mean. */
    public record Choices(long newestVersion, Map<String, List<Share>> aliases) {
        public Choices {
            aliases = Map.copyOf(aliases);
        }
    }

    /**
     * The version, which need not exist when the qualifier is a number; empty when it names no alias.
     *
     * @param key decides between the targets of a weighted alias: the same key always takes the same one
     */
    public static OptionalLong version(Choices choices, String qualifier, String key) {
        if (qualifier.isEmpty() || qualifier.equals(LATEST)) {
            return OptionalLong.of(choices.newestVersion());
        }
        if (Character.isDigit(qualifier.charAt(0))) {
            return OptionalLong.of(Long.parseLong(qualifier));
        }
        var shares = choices.aliases().get(qualifier);
        return shares == null || shares.isEmpty() ? OptionalLong.empty() : OptionalLong.of(share(shares, key));
    }

    /** The registry picks alike: CRC-32 of the key modulo 100, the first share taking the lowest places. */
    private static long share(List<Share> shares, String key) {
        if (shares.size() == 1) {
            return shares.getFirst().version();
        }
        var hash = new CRC32();
        hash.update(key.getBytes(StandardCharsets.UTF_8));
        long point = hash.getValue() % PERCENT;
        for (Share share : shares) {
            point -= share.weightPercent();
            if (point < 0) {
                return share.version();
            }
        }
        return shares.getLast().version();
    }
}
