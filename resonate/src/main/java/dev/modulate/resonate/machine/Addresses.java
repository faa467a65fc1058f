package dev.modulate.resonate.machine;

/**
 * Where messages may go: {@code poll://any@GROUP}, {@code poll://any@GROUP/ID}, {@code poll://uni@GROUP/ID}, or an http or
 * https URL. Looked at by hand, since every task that is created has one.
 */
final class Addresses {
    private static final String ANY = "poll://any@";
    private static final String UNI = "poll://uni@";

    private Addresses() {}

    static boolean valid(String address) {
        if (address.startsWith(ANY)) {
            return group(address, ANY.length(), false);
        }
        if (address.startsWith(UNI)) {
            return group(address, UNI.length(), true);
        }
        return web(address, "http://") || web(address, "https://");
    }

    /** A group and, behind a slash, an id; neither empty. */
    private static boolean group(String address, int from, boolean needsId) {
        int end = name(address, from, true);
        if (end == from) {
            return false;
        }
        if (end == address.length()) {
            return !needsId;
        }
        return address.charAt(end) == '/'
                && end + 1 < address.length()
                && name(address, end + 1, false) == address.length();
    }

    /** Where a name ends that has no slash, no space and, in a group, no at sign. */
    private static int name(String address, int from, boolean group) {
        int at = from;
        while (at < address.length()
                && address.charAt(at) != '/'
                && !(group && address.charAt(at) == '@')
                && !space(address.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean web(String address, String scheme) {
        if (!address.startsWith(scheme)) {
            return false;
        }
        int host = name(address, scheme.length(), false);
        if (host == scheme.length() || (host < address.length() && address.charAt(host) != '/')) {
            return false;
        }
        for (int i = host; i < address.length(); i++) {
            if (space(address.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
