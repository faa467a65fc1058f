package dev.modulate.resonate.durability;

import org.jspecify.annotations.Nullable;

/**
 * What a caller was told about a promise, and what must be true from then on.
 *
 * @param version the task has at least this one
 * @param value the promise is resolved with it; null when only its existence is known
 */
record Fact(String id, long version, @Nullable String value) {
    /** Ends in a mark, by which a torn line is known. */
    String line() {
        return "FACT " + id + " " + version + " " + (value == null ? "-" : value) + " .";
    }

    /** Null when the line is none or was torn. */
    static @Nullable Fact of(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 5 || !words[0].equals("FACT") || !words[4].equals(".")) {
            return null;
        }
        return new Fact(words[1], Long.parseLong(words[2]), words[3].equals("-") ? null : words[3]);
    }

    /** Both together. */
    Fact and(Fact other) {
        return new Fact(id, Math.max(version, other.version), value != null ? value : other.value);
    }
}
