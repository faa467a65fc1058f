package dev.modulate.it.platform;

import java.util.List;

/** What {@code /metrics} says at one moment. */
public record Scrape(List<String> lines) {
    public Scrape {
        lines = List.copyOf(lines);
    }

    /** @param page as it was served */
    public static Scrape of(String page) {
        return new Scrape(page.lines().filter(line -> !line.startsWith("#")).toList());
    }

    /**
     * Sum over the samples of a series; zero when there is none.
     *
     * @param name of the series, as Prometheus spells it
     * @param labels {@code name="value"} each, all of which a sample must have
     */
    public double sum(String name, String... labels) {
        return samples(name, labels).stream()
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    public List<String> samples(String name, String... labels) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .toList();
    }
}
