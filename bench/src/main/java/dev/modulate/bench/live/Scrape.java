package dev.modulate.bench.live;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What a process says of itself on {@code /metrics}. */
record Scrape(String page) {
    private static final Pattern BOUND = Pattern.compile("le=\"([^\"]+)\"");

    static Scrape of(int port) throws IOException, InterruptedException {
        try (var client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                    .build();
            return new Scrape(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }

    /** Of a counter with this reason; zero when there is none. */
    double value(String counter, String reason) {
        return page.lines()
                .filter(line -> line.startsWith(counter) && line.contains("reason=\"" + reason + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    Histogram histogram(String name, String outcome) {
        var buckets = new TreeMap<Double, Double>();
        page.lines()
                .filter(line -> line.startsWith(name + "_bucket") && line.contains("outcome=\"" + outcome + "\""))
                .forEach(line -> {
                    var bound = BOUND.matcher(line);
                    if (bound.find()) {
                        double le = bound.group(1).equals("+Inf")
                                ? Double.POSITIVE_INFINITY
                                : Double.parseDouble(bound.group(1));
                        buckets.put(le, Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)));
                    }
                });
        return new Histogram(buckets);
    }
}
