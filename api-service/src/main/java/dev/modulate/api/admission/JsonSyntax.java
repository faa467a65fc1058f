package dev.modulate.api.admission;

/** Says whether bytes are one JSON text in UTF-8 (RFC 8259), without building it. */
public final class JsonSyntax {
    /** Deeper nesting would exhaust the stack of a recursive parser in a function. */
    static final int DEPTH_MAX = 256;

    private static final int END = -1;

    private final byte[] text;
    private int at;

    private JsonSyntax(byte[] text) {
        this.text = text;
    }

    /** Offset of the first byte that is wrong, or -1 when the text is legal. */
    public static int firstError(byte[] text) {
        var syntax = new JsonSyntax(text);
        syntax.space();
        if (!syntax.value(0)) {
            return syntax.at;
        }
        syntax.space();
        return syntax.at == text.length ? -1 : syntax.at;
    }

    private int peek() {
        return at < text.length ? text[at] : END;
    }

    private void space() {
        while (at < text.length) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return;
            }
            at++;
        }
    }

    private boolean value(int depth) {
        return switch (peek()) {
            case '{' -> depth < DEPTH_MAX && object(depth + 1);
            case '[' -> depth < DEPTH_MAX && array(depth + 1);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        };
    }

    private boolean object(int depth) {
        at++;
        space();
        if (peek() == '}') {
            at++;
            return true;
        }
        while (true) {
            if (peek() != '"' || !string()) {
                return false;
            }
            space();
            if (peek() != ':') {
                return false;
            }
            at++;
            space();
            if (!value(depth)) {
                return false;
            }
            space();
            if (peek() == '}') {
                at++;
                return true;
            }
            if (peek() != ',') {
                return false;
            }
            at++;
            space();
        }
    }

    private boolean array(int depth) {
        at++;
        space();
        if (peek() == ']') {
            at++;
            return true;
        }
        while (value(depth)) {
            space();
            if (peek() == ']') {
                at++;
                return true;
            }
            if (peek() != ',') {
                return false;
            }
            at++;
            space();
        }
        return false;
    }

    private boolean word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                return false;
            }
            at++;
        }
        return true;
    }

    private boolean string() {
        at++;
        while (at < text.length) {
            byte b = text[at];
            if (b == '"') {
                at++;
                return true;
            }
            if (b == '\\') {
                if (!escape()) {
                    return false;
                }
            } else if (b >= 0x20) {
                at++;
            } else if (b >= 0 || !multiByte()) {
                return false;
            }
        }
        return false;
    }

    private boolean escape() {
        at++;
        switch (peek()) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
            case 'u' -> {
                at++;
                for (int i = 0; i < 4; i++, at++) {
                    if (Character.digit(peek(), 16) < 0) {
                        return false;
                    }
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** One UTF-8 sequence of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF. */
    private boolean multiByte() {
        int first = text[at] & 0xFF;
        int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
        if (first < 0xC2 || first > 0xF4 || at + more >= text.length) {
            return false;
        }
        int second = text[at + 1] & 0xFF;
        boolean legal = switch (first) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second < 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second < 0x90;
            default -> true;
        };
        for (int i = 1; i <= more; i++) {
            legal &= (text[at + i] & 0xC0) == 0x80;
        }
        if (legal) {
            at += more + 1;
        }
        return legal;
    }

    private boolean number() {
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else if (!digits()) {
            return false;
        }
        if (peek() == '.') {
            at++;
            if (!digits()) {
                return false;
            }
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int start = at;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at > start;
    }
}
