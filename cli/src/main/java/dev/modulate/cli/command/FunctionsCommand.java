package dev.modulate.cli.command;

import dev.modulate.registry.v1.Alias;
import dev.modulate.registry.v1.Function;
import dev.modulate.registry.v1.ListFunctionsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code modulate functions}: lists what is deployed. */
@Command(name = "functions", mixinStandardHelpOptions = true, description = "Lists functions.")
final class FunctionsCommand implements Callable<Integer> {
    @Mixin
    private Platform platform = new Platform();

    @Mixin
    private Listing listing = new Listing();

    @Override
    public Integer call() {
        var functions = new ArrayList<Function>();
        String page = "";
        do {
            var response = platform.registry()
                    .listFunctions(
                            ListFunctionsRequest.newBuilder().setPageToken(page).build());
            functions.addAll(response.getFunctionsList());
            page = response.getNextPageToken();
        } while (!page.isEmpty());
        if (listing.json()) {
            Listing.printJson(functions);
        } else {
            Listing.printTable(
                    List.of("name", "version", "handler", "aliases", "updated"),
                    functions.stream().map(FunctionsCommand::row).toList());
        }
        return ExitCode.OK;
    }

    private static List<String> row(Function function) {
        return List.of(
                Names.last(function.getName()),
                Long.toString(function.getVersion()),
                function.getSpec().getHandler(),
                function.getAliasesList().stream().map(FunctionsCommand::alias).collect(Collectors.joining(",")),
                Quantities.show(function.getUpdateTime()));
    }

    private static String alias(Alias alias) {
        return Names.last(alias.getName()) + "="
                + alias.getTargetsList().stream()
                        .map(target -> target.getWeightPercent() == 100
                                ? Long.toString(target.getVersion())
                                : target.getVersion() + ":" + target.getWeightPercent() + "%")
                        .collect(Collectors.joining("+"));
    }
}
