package dev.modulate.cli.command;

/** Resource names from what people type: both {@code hello} and {@code functions/hello} are fine. */
final class Names {
    private Names() {}

    static String function(String name) {
        return full("functions/", name);
    }

    static String invocation(String id) {
        return full("invocations/", id);
    }

    static String node(String id) {
        return full("nodes/", id);
    }

    static String last(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    private static String full(String prefix, String name) {
        return name.startsWith(prefix) ? name : prefix + name;
    }
}
