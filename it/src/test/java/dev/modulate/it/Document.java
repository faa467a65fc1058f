package dev.modulate.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A page of the documentation whose claims are tested.
 *
 * @param text of the whole page
 */
record Document(String text) {
    static final Document OPERATIONS = read("docs/operations.md");
    static final Document README = read("README.md");

    private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");

    private static Document read(String path) {
        return new Document(Repository.read(Repository.ROOT.resolve(Path.of(path))));
    }

    /** What stands between {@code <!-- NAME -->} and {@code <!-- /NAME -->}. */
    String part(String name) {
        String begin = "<!-- " + name + " -->\n";
        int start = text.indexOf(begin);
        int end = text.indexOf("<!-- /" + name + " -->");
        if (start < 0 || end < start) {
            throw new AssertionError("no part \"" + name + "\"");
        }
        return text.substring(start + begin.length(), end);
    }

    /** The lines of all {@code sh} blocks that start with one of the words, without their comments. */
    List<String> commands(String... words) {
        var commands = new ArrayList<String>();
        SHELL.matcher(text).results().flatMap(block -> block.group(1).lines()).forEach(line -> {
            if (List.of(words).contains(line.split(" ", 2)[0])) {
                commands.add(line.replaceAll("\\s+# .*$", ""));
            }
        });
        return commands;
    }
}
