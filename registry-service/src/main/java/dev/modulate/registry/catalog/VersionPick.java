package dev.modulate.registry.catalog;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** Which version a caller means. */
public final class VersionPick {
    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,17}");

    private VersionPick() {}

    /**
     * The number that the qualifier names, which is not to say that this version exists; empty for an alias that does
     * not.
     *
     * @param qualifier a number, an alias, or empty or {@code latest} for the newest version
     * @param key decides between the shares of an alias: the same key always takes the same one
     */
    public static OptionalLong of(CatalogFunction function, String qualifier, String key) {
        if (qualifier.isEmpty() || qualifier.equals(AliasName.LATEST)) {
            return OptionalLong.of(function.version());
        }
        if (NUMBER.matcher(qualifier).matches()) {
            return OptionalLong.of(Long.parseLong(qualifier));
        }
        var alias = function.alias(qualifier);
        return alias.isEmpty() ? OptionalLong.empty() : OptionalLong.of(share(alias.get(), key));
    }

    private static long share(CatalogAlias alias, String key) {
        int place = percentile(key);
        for (var share : alias.shares()) {
            place -= (int) share.percent();
            if (place < 0) {
                return share.version();
            }
        }
        throw new IllegalStateException("alias " + alias.id() + ": shares do not add up to 100");
    }

    /**
     * Place of a key from 0 to 99: CRC-32 of its UTF-8 bytes, modulo 100. Whoever picks from an alias elsewhere must
     * do the same. The first share takes the places below its percentage.
     */
    static int percentile(String key) {
        var crc = new CRC32();
        crc.update(key.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % 100);
    }
}
