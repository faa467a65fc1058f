package dev.modulate.cli.command;

import dev.modulate.registry.v1.FunctionVersion;
import dev.modulate.registry.v1.ListFunctionVersionsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code modulate versions}: lists the versions of a function. */
@Command(name = "versions", mixinStandardHelpOptions = true, description = "Lists the versions of a function.")
final class VersionsCommand implements Callable<Integer> {
    private static final int DIGEST_CHARS = 12;

    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Parameters(index = "0", paramLabel = "NAME", description = "Function")
    private String name = "";

    @Override
    public Integer call() {
        var versions = new ArrayList<FunctionVersion>();
        String page = "";
        do {
            var response = platform.registry()
                    .listFunctionVersions(ListFunctionVersionsRequest.newBuilder()
                            .setParent(Names.function(name))
                            .setPageToken(page)
                            .build());
            versions.addAll(response.getVersionsList());
            page = response.getNextPageToken();
        } while (!page.isEmpty());
        if (listing.json()) {
            Listing.printJson(versions);
        } else {
            Listing.printTable(
                    List.of("version", "handler", "artifact", "created"),
                    versions.stream().map(VersionsCommand::row).toList());
        }
        return ExitCode.OK;
    }

    private static List<String> row(FunctionVersion version) {
        String digest = version.getSpec().getArtifactSha256();
        return List.of(
                Long.toString(version.getVersion()),
                version.getSpec().getHandler(),
                digest.substring(0, Math.min(DIGEST_CHARS, digest.length())),
                Quantities.show(version.getCreateTime()));
    }
}
