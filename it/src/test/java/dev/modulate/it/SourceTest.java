package dev.modulate.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules of the house that are seen in the sources only. */
class SourceTest {
    private static final int FILE_LINES_MAX = 500;

    /** Package of a module's sources; whatever else a module declares is in the wrong place. */
    private static final Map<String, String> PACKAGE_OF_MODULE = Map.ofEntries(
            Map.entry("observability", "dev.modulate.observability"),
            Map.entry("resonate", "dev.modulate.resonate"),
            Map.entry("registry-service", "dev.modulate.registry"),
            Map.entry("router-service", "dev.modulate.router"),
            Map.entry("executor", "dev.modulate.executor"),
            Map.entry("cpu-executor", "dev.modulate.executor.cpu"),
            Map.entry("gpu-executor", "dev.modulate.executor.gpu"),
            Map.entry("api-service", "dev.modulate.api"),
            Map.entry("cli", "dev.modulate.cli"),
            Map.entry("it", "dev.modulate.it"),
            Map.entry("bench", "dev.modulate.bench"));

    private static final Pattern SLEEP = Pattern.compile("\\bThread\\.sleep\\(|\\bTimeUnit\\.\\w+\\.sleep\\(");
    private static final Pattern MOCKS = Pattern.compile("import (static )?(org\\.mockito|org\\.easymock|io\\.mockk)");

    @Test
    void noFileIsLongerThanItsLimit() {
        assertThat(files(file -> Repository.read(file).lines().count() > FILE_LINES_MAX))
                .as("files over %d lines", FILE_LINES_MAX)
                .isEmpty();
    }

    @Test
    void everyPackageIsNullMarked() {
        var packages =
                Repository.javaFiles().stream().map(SourceTest::packageOf).collect(Collectors.toSet());
        var documented = Repository.javaFiles().stream()
                .filter(file -> file.endsWith("package-info.java"))
                .filter(file -> Repository.read(file).contains("@NullMarked"))
                .map(file -> packageOf(file))
                .collect(Collectors.toSet());
        assertThat(packages).isSubsetOf(documented);
    }

    @Test
    void modulesKeepToTheirPackages() {
        assertThat(files(file -> !packageOf(file).startsWith(PACKAGE_OF_MODULE.getOrDefault(module(file), "?"))))
                .isEmpty();
    }

    @Test
    void testsAwaitConditionsAndNeverSleep() {
        assertThat(files(file ->
                        isTest(file) && SLEEP.matcher(Repository.read(file)).find()))
                .isEmpty();
    }

    @Test
    void testsUseRealThingsAndNoMocks() {
        assertThat(files(file -> MOCKS.matcher(Repository.read(file)).find())).isEmpty();
    }

    private static List<String> files(Predicate<Path> wrong) {
        return Repository.javaFiles().stream()
                .filter(wrong)
                .map(file -> Repository.ROOT.relativize(file).toString())
                .toList();
    }

    private static boolean isTest(Path file) {
        return module(file).equals("it") || file.toString().contains("/src/test/");
    }

    private static String module(Path file) {
        return Repository.ROOT.relativize(file).getName(0).toString();
    }

    private static String packageOf(Path file) {
        String path = file.toString();
        int start = path.indexOf("/java/") + "/java/".length();
        return path.substring(start, path.lastIndexOf('/')).replace('/', '.');
    }
}
