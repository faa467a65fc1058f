package dev.modulate.cli.command;

import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.AliasTarget;
import dev.modulate.registry.v1.SetAliasRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code modulate alias}: points an alias at one version or at two. */
@Command(
        name = "alias",
        mixinStandardHelpOptions = true,
        description = "Points an alias at a version, or at two with weights: 3=90,4=10.")
final class AliasCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Parameters(index = "0", paramLabel = "NAME", description = "Function")
    private String name = "";

    @Parameters(index = "1", paramLabel = "ALIAS", description = "Alias")
    private String alias = "";

    @Parameters(index = "2", paramLabel = "VERSION", description = "3, or 3=90,4=10")
    private String versions = "";

    @Override
    public Integer call() {
        var request = Alias.newBuilder().setName(Names.function(name) + "/aliases/" + alias);
        for (String part : versions.split(",", -1)) {
            request.addTargets(target(part));
        }
        var set = platform.registry()
                .setAlias(SetAliasRequest.newBuilder().setAlias(request).build());
        System.out.println(Names.last(set.getAlias().getName()) + " -> " + versions);
        return ExitCode.OK;
    }

    private AliasTarget target(String part) {
        int equals = part.indexOf('=');
        try {
            return AliasTarget.newBuilder()
                    .setVersion(Long.parseLong(equals < 0 ? part : part.substring(0, equals)))
                    .setWeightPercent(equals < 0 ? 100 : Integer.parseInt(part.substring(equals + 1)))
                    .build();
        } catch (NumberFormatException e) {
            throw new UsageException("VERSION: \"" + versions + "\" (expected: 3 or 3=90,4=10)");
        }
    }
}
