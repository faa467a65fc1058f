package dev.modulate.cli.command;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** How a listing is printed: an option of every command that lists. */
final class Listing {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table or json")
    private String format = "table";

    boolean json() {
        return switch (format) {
            case "json" -> true;
            case "table" -> false;
            default -> throw new UsageException("--output: \"" + format + "\" (expected: table or json)");
        };
    }

    /** Prints messages as one JSON array. */
    static void printJson(List<? extends Message> messages) {
        var lines = new ArrayList<String>();
        messages.forEach(message -> lines.add(json(message)));
        System.out.println(lines.isEmpty() ? "[]" : "[" + String.join(",\n", lines) + "]");
    }

    static void printJson(Message message) {
        System.out.println(json(message));
    }

    private static String json(Message message) {
        try {
            return JsonFormat.printer().print(message);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(
                    "a message that cannot be printed: "
                            + message.getDescriptorForType().getFullName(),
                    e);
        }
    }

    /** Prints rows under their heads in columns as wide as they need to be. */
    static void printTable(List<String> heads, List<List<String>> rows) {
        var all = new ArrayList<List<String>>();
        all.add(heads.stream().map(head -> head.toUpperCase(Locale.ROOT)).toList());
        all.addAll(rows);
        int[] widths = new int[heads.size()];
        for (var row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (var row : all) {
            var line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            System.out.println(line.toString().stripTrailing());
        }
    }
}
