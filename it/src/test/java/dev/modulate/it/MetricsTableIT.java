package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.modulate.it.platform.PlatformClient;
import dev.modulate.it.platform.UpProcess;
import dev.modulate.it.process.Http;
import dev.modulate.observability.link.Stubs;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The metrics as the documentation tells them are the metrics a scrape shows. */
@Timeout(300)
class MetricsTableIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern TYPE = Pattern.compile("# TYPE (modulate_\\w+) (\\w+)");
    private static final Pattern SAMPLE = Pattern.compile("(modulate_\\w+?)(?:_bucket|_count|_sum)?(?:\\{(.*)})? \\S+");
    private static final Pattern TAG = Pattern.compile("(\\w+)=\"");
    private static final Pattern ROW = Pattern.compile("\\| `(modulate_\\w+)` \\| (\\w+) \\| (.*?) \\| .* \\|");

    /** Tags of the exposition format, which say nothing about us. */
    private static final Set<String> FORMAT_TAGS = Set.of("le", "quantile");

    /** Every histogram and summary has one; the page says so once. */
    private static final String LARGEST = "_max";

    @Test
    void theDocumentationListsEveryMetricAsItIs() throws IOException {
        var folder =
                Files.createTempDirectory(Files.createDirectories(Repository.ROOT.resolve("it/target")), "metrics-");
        try (var up = UpProcess.start(folder, List.of("--simulated-gpus", "1"));
                var stubs = new Stubs()) {
            await("the platform is ready").atMost(PATIENCE).until(up::ready);
            use(new PlatformClient(stubs, up.port()));
            var http = new Http();

            var scraped = scraped(http.get(up.port(), "/metrics").body());

            assertThat(rows(Document.OPERATIONS.part("metrics")))
                    .as("names, kinds and tags in docs/operations.md")
                    .containsExactlyInAnyOrderElementsOf(scraped);
        }
    }

    /** Does what is counted: a call, a refused one, an upload. */
    private static void use(PlatformClient client) {
        client.deploy("hello", "def handler(event, context):\n    return 1\n");
        client.invoke("hello", "{}");
        assertThatThrownBy(() -> client.invoke("unknown", "{}")).isNotNull();
    }

    private static List<String> scraped(String page) {
        var kinds = new TreeMap<String, String>();
        TYPE.matcher(page).results().forEach(found -> kinds.put(found.group(1), found.group(2)));
        Map<String, Set<String>> tags = new TreeMap<>();
        page.lines().map(SAMPLE::matcher).filter(matcher -> matcher.matches()).forEach(sample -> {
            var names = tags.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
            if (sample.group(2) != null) {
                TAG.matcher(sample.group(2)).results().map(tag -> tag.group(1)).forEach(names::add);
            }
        });
        return kinds.entrySet().stream()
                .filter(kind -> !kind.getKey().endsWith(LARGEST))
                .map(kind -> row(kind.getKey(), kind.getValue(), tags.getOrDefault(kind.getKey(), Set.of())))
                .toList();
    }

    private static List<String> rows(String table) {
        return table.lines()
                .map(ROW::matcher)
                .filter(matcher -> matcher.matches())
                .map(row -> row(row.group(1), row.group(2), words(row.group(3))))
                .toList();
    }

    /** {@code `a`, `b`} or a dash. */
    private static Set<String> words(String cell) {
        return cell.equals("-")
                ? Set.of()
                : Arrays.stream(cell.split(", "))
                        .map(word -> word.replace("`", ""))
                        .collect(Collectors.toSet());
    }

    private static String row(String name, String kind, Set<String> tags) {
        return name + " " + kind + " "
                + tags.stream()
                        .filter(tag -> !FORMAT_TAGS.contains(tag))
                        .sorted()
                        .toList();
    }
}
